/* Sorts and filters tables, draws charts, opens details for printing. Finds its elements by itself, also those a
   notebook adds later; needs nothing else and loads nothing. */
(function () {
  "use strict";
  if (window.bexioAnalytics) { return; }
  window.bexioAnalytics = true;

  var COMPARISON = /^(>=|<=|>|<|=)(-?[\d.]+)$/;

  function make(name, className, text) {
    var element = document.createElement(name);
    if (className) { element.className = className; }
    if (text !== undefined) { element.textContent = text; }
    return element;
  }

  function fill(template, values) {
    return template.replace(/\{(\w+)\}/g, function (_, key) { return values[key]; });
  }

  function grouped(number) {
    return String(number).replace(/\B(?=(\d{3})+(?!\d))/g, "'");
  }

  function compare(left, right) {
    return left < right ? -1 : left > right ? 1 : 0;
  }

  function holds(operator, value, bound) {
    switch (operator) {
      case ">": return value > bound;
      case "<": return value < bound;
      case ">=": return value >= bound;
      case "<=": return value <= bound;
      default: return value === bound;
    }
  }

  function openOnClick(row, details) {
    if (!details) { return; }
    row.classList.add("ba-opens");
    row.addEventListener("click", function () {
      if (!String(window.getSelection())) { details.open = !details.open; }
    });
  }

  function enhanceTable(table) {
    var headings = Array.from(table.tHead.rows[0].cells);
    /* A row alone, or a body of a row and what opens below it. */
    var isGrouped = "grouped" in table.dataset;
    var parent = isGrouped ? table : table.tBodies[0];
    var foot = isGrouped ? table.tFoot : null;
    var page = Number(table.dataset.page) || Infinity;
    var sortedBy = -1;
    var direction = 1;
    var rows = Array.from(isGrouped ? table.tBodies : parent.rows).map(function (element, index) {
      var first = isGrouped ? element.rows[0] : element;
      var cells = Array.from(first.cells);
      if (isGrouped) { openOnClick(first, element.querySelector("details")); }
      var bare = cells.map(function (cell) { return cell.dataset.v; });
      return {
        element: element,
        index: index,
        facets: cells.map(function (cell) {
          var parts = Array.from(cell.querySelectorAll("[data-facet-value]"));
          return (parts.length ? parts : [cell]).map(function (part) { return part.textContent; });
        }),
        keys: cells.map(function (cell, column) {
          var value = bare[column] === undefined ? cell.textContent.toLowerCase() : bare[column];
          if (value === "") { return null; }
          var number = Number(value);
          return bare[column] !== undefined && !Number.isNaN(number) ? number : value;
        }),
        numbers: cells.map(function (cell, column) {
          return headings[column].dataset.kind === "number" && bare[column] !== undefined ? Number(bare[column]) : null;
        }),
        text: (element.textContent + " " + bare.join(" ")).toLowerCase()
      };
    });

    var tools = make("div", "ba-tools");
    var search = make("input", "ba-search");
    search.type = "search";
    search.placeholder = table.dataset.filter;
    search.setAttribute("aria-label", table.dataset.filter);
    tools.append(search);
    var facets = [];
    headings.forEach(function (heading, column) {
      if (!("facet" in heading.dataset)) { return; }
      var select = make("select", "ba-facet");
      select.setAttribute("aria-label", heading.textContent);
      select.append(new Option(heading.textContent + ": " + table.dataset.all, ""));
      var seen = new Map();
      rows.forEach(function (row) {
        var values = row.facets[column];
        values.forEach(function (value) { seen.set(value, values[0] === value ? row.keys[column] : value); });
      });
      Array.from(seen).sort(function (a, b) { return compare(a[1], b[1]); }).forEach(function (entry) {
        if (entry[0]) { select.append(new Option(entry[0], entry[0])); }
      });
      select.addEventListener("change", refresh);
      tools.append(select);
      facets.push({ column: column, select: select });
    });
    var state = make("span", "ba-state");
    state.setAttribute("role", "status");
    tools.append(state);
    var more = make("button", "ba-more");
    more.type = "button";
    more.addEventListener("click", function () { page = Infinity; refresh(); });
    var frame = table.closest(".ba-scroll") || table;
    if (rows.length > 6) { frame.before(tools); }
    frame.after(more);

    headings.forEach(function (heading, column) {
      /* No real button: browsers leave those out where a heading repeats on the next printed sheet. */
      var button = make("span", "ba-sort", heading.textContent);
      button.tabIndex = 0;
      button.setAttribute("role", "button");
      button.addEventListener("keydown", function (event) {
        if (event.key === "Enter" || event.key === " ") { event.preventDefault(); button.click(); }
      });
      button.addEventListener("click", function () {
        var first = heading.dataset.kind === "number" ? -1 : 1;
        if (sortedBy !== column) { sortedBy = column; direction = first; }
        else if (direction === first) { direction = -first; }
        else { sortedBy = -1; }
        refresh();
      });
      heading.replaceChildren(button);
    });
    search.addEventListener("input", refresh);

    function matches(row, terms) {
      return terms.every(function (term) {
        var comparison = COMPARISON.exec(term);
        if (!comparison) { return row.text.indexOf(term) >= 0; }
        return row.numbers.some(function (value) {
          return value !== null && holds(comparison[1], value, Number(comparison[2]));
        });
      }) && facets.every(function (facet) {
        return !facet.select.value || row.facets[facet.column].indexOf(facet.select.value) >= 0;
      });
    }

    function refresh() {
      var terms = search.value.toLowerCase().split(/\s+/).filter(Boolean).map(function (term) {
        return COMPARISON.test(term.replace(/['’]/g, "")) ? term.replace(/['’]/g, "") : term;
      });
      var order = rows.slice().sort(function (a, b) {
        if (sortedBy >= 0) {
          var left = a.keys[sortedBy];
          var right = b.keys[sortedBy];
          if (left === null || right === null) {
            if (left !== right) { return left === null ? 1 : -1; }
          } else if (left !== right) {
            return direction * compare(left, right);
          }
        }
        return a.index - b.index;
      });
      var found = 0;
      order.forEach(function (row) {
        var isFound = matches(row, terms);
        if (isFound) { found += 1; }
        row.element.classList.toggle("ba-off", !isFound || found > page);
      });
      order.forEach(function (row) { parent.insertBefore(row.element, foot); });
      headings.forEach(function (heading, column) {
        heading.setAttribute("aria-sort", column !== sortedBy ? "none" : direction > 0 ? "ascending" : "descending");
      });
      state.textContent = fill(table.dataset.shown, { shown: grouped(found), all: grouped(rows.length) });
      more.hidden = found <= page;
      more.textContent = fill(table.dataset.more, { all: grouped(found) });
    }

    refresh();
  }

  /* The library that draws comes compressed in an exported page; the page's policy knows the hash of its text. */
  function unpack() {
    document.querySelectorAll("script[data-ba-packed]").forEach(function (element) {
      var bytes = Uint8Array.from(window.atob(element.textContent), function (letter) { return letter.charCodeAt(0); });
      element.remove();
      new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).text().then(function (text) {
        document.head.append(make("script", "", text));
      });
    });
  }

  function drawChart(element, tries) {
    if (!window.vegaEmbed) {
      if (tries < 200) { window.setTimeout(function () { drawChart(element, tries + 1); }, 25); }
      return;
    }
    var spec = JSON.parse(element.querySelector("script").textContent);
    var canvas = make("div", "ba-canvas");
    element.append(canvas);
    window.vegaEmbed(canvas, spec, Object.assign({ ast: true, actions: false, renderer: "svg" }, spec.usermeta.embedOptions))
      .then(function () { element.dataset.baDrawn = ""; })
      .catch(function (problem) { canvas.textContent = String(problem); });
  }

  function enhance() {
    document.querySelectorAll("table[data-ba-table]:not([data-ba-ready])").forEach(function (table) {
      table.dataset.baReady = "";
      enhanceTable(table);
    });
    document.querySelectorAll("[data-ba-chart]:not([data-ba-ready])").forEach(function (element) {
      element.dataset.baReady = "";
      drawChart(element, 0);
    });
  }

  var isPlanned = false;
  function plan() {
    if (isPlanned) { return; }
    isPlanned = true;
    window.requestAnimationFrame(function () { isPlanned = false; enhance(); });
  }

  /* Printed, every detail is open; on the screen it returns to what the reader had chosen. */
  var opened = [];
  window.addEventListener("beforeprint", function () {
    opened = Array.from(document.querySelectorAll(".ba details:not([open])"));
    opened.forEach(function (details) { details.open = true; });
  });
  window.addEventListener("afterprint", function () {
    opened.forEach(function (details) { details.open = false; });
    opened = [];
  });

  /* Only once the page is whole: a table that is still arriving would be counted short. */
  function begin() {
    unpack();
    enhance();
    new MutationObserver(plan).observe(document.documentElement, { childList: true, subtree: true });
  }
  if (document.readyState === "loading") {
    document.addEventListener("DOMContentLoaded", begin);
  } else {
    begin();
  }
}());
