"""The bundled model's world: simple things in plain places. Its seeds must draw the same clips for ever."""
