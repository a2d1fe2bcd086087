"""Looks of the page, and the script that sorts its tables."""

STYLE = """
:root { color-scheme: light; }
body { font: 15px/1.45 system-ui, sans-serif; color: #1d1d1f; background: #fff; max-width: 1240px;
  margin: 2rem auto; padding: 0 1rem; }
h1 { margin-bottom: 0; } h2 { margin-top: 2.4rem; border-bottom: 1px solid #ddd; padding-bottom: .2rem; }
nav { margin: .6rem 0; font-size: 14px; } nav a { color: #0b57a4; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: 14px; }
th, td { padding: .3rem .7rem; border-bottom: 1px solid #e6e6e6; text-align: right; vertical-align: top; }
tbody th { text-align: left; font-weight: normal; position: sticky; left: 0;
  background: #fff; min-width: 9rem; overflow-wrap: anywhere; }
thead th { font-weight: 600; cursor: pointer; vertical-align: bottom; border-bottom: 2px solid #999;
  min-width: 4.5rem; max-width: 12rem; overflow-wrap: break-word; }
thead th:first-child { text-align: left; }
thead th[aria-sort=ascending]::after { content: " \\25B4"; }
thead th[aria-sort=descending]::after { content: " \\25BE"; }
.words th, .words td { text-align: left; overflow-wrap: anywhere; }
td b { font-weight: 600; } td.none b { font-weight: normal; color: #777; font-style: italic; }
td.floor { background: #f6f6f2; } small { color: #666; } small.bad, td.bad { color: #b3261e; }
.notes { background: #fff7e0; border-left: 4px solid #e0a800; padding: .6rem 1rem; }
.notes ul { margin: .3rem 0 0; padding-left: 1.2rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem; }
dt { color: #444; max-width: 20rem; overflow-wrap: anywhere; } dd { margin: 0; overflow-wrap: anywhere; }
figure { margin: 1.4rem 0; } figure img { max-width: 100%; height: auto; }
figcaption { color: #444; margin-bottom: .4rem; max-width: 75rem; }
.clip { display: flex; flex-wrap: wrap; gap: 1rem; align-items: flex-start; margin: 1.2rem 0;
  padding-bottom: 1rem; border-bottom: 1px solid #eee; }
.clip > p { flex: 1 0 100%; margin: 0; overflow-wrap: anywhere; }
.clip img { max-width: min(100%, 930px); height: auto; }
.clip svg { background: #fafafa; } code { font-size: 13px; overflow-wrap: anywhere; }
@media print { .wide { overflow: visible; } details:not([open]) > * { display: block; } }
"""

SCRIPT = """
document.querySelectorAll("thead th").forEach(function (head) {
  head.addEventListener("click", function () {
    var row = head.parentNode, column = Array.prototype.indexOf.call(row.children, head);
    var up = head.getAttribute("aria-sort") !== "ascending";
    Array.prototype.forEach.call(row.children, function (other) { other.removeAttribute("aria-sort"); });
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
    var body = head.closest("table").tBodies[0], rows = Array.prototype.slice.call(body.rows);
    function value(one) {
      var cell = one.cells[column], number = parseFloat(cell.getAttribute("data-value"));
      return cell.hasAttribute("data-value") ? (isNaN(number) ? null : number) : cell.textContent;
    }
    rows.map(function (one, index) { return [value(one), index, one]; }).sort(function (a, b) {
      if (a[0] === null || b[0] === null) return (a[0] === null) - (b[0] === null) || a[1] - b[1];
      var order = a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0;
      return (up ? order : -order) || a[1] - b[1];
    }).forEach(function (entry) { body.appendChild(entry[2]); });
  });
});
"""
