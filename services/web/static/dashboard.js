// Draws each chart from the table beside it: one source for both, and the page is whole without scripts.
(function () {
  "use strict";

  var INK = "#1d2733", FAINT = "#5b6672", LINE = "#d8d5cc", INDIGO = "#213f69", PALE = "#8ea6c8", RUST = "#9c4221";
  var ROW_HEIGHT = 36;
  var chinese = document.documentElement.lang.indexOf("zh") === 0;
  var fontFamily = getComputedStyle(document.body).fontFamily;

  function readTable(table) {
    return Array.prototype.map.call(table.querySelectorAll("tbody tr[data-label]"), function (row) {
      var text = row.getAttribute("data-value");
      var link = row.querySelector("a");
      return {
        row: row,
        label: row.getAttribute("data-label"),
        // Drawing may round; the exact amount is in the table.
        value: text === "" ? null : Number(text),
        href: link ? link.href : null,
        chosen: row.getAttribute("aria-current") === "true"
      };
    });
  }

  function short(value) {
    var units = chinese ? [[1e8, "亿"], [1e4, "万"]] : [[1e9, "bn"], [1e6, "m"], [1e3, "k"]];
    for (var i = 0; i < units.length; i += 1) {
      if (Math.abs(value) >= units[i][0]) {
        var scaled = value / units[i][0];
        return String(Number(scaled.toFixed(Math.abs(scaled) < 10 ? 2 : 1))) + units[i][1];
      }
    }
    return String(Math.round(value));
  }

  function option(kind, entries, width) {
    var upright = kind === "columns";
    var someChosen = entries.some(function (entry) { return entry.chosen; });
    var names = {
      type: "category",
      data: entries.map(function (entry) { return entry.label; }),
      inverse: !upright,
      axisLine: { lineStyle: { color: INK } },
      axisTick: { show: false },
      axisLabel: { color: INK, fontSize: 12, interval: upright ? "auto" : 0, width: upright ? null : width < 480 ? 112 : 156, overflow: "truncate" }
    };
    var amounts = {
      type: "value",
      splitNumber: 4,
      axisLabel: { color: FAINT, fontSize: 12, formatter: short, hideOverlap: true },
      splitLine: { lineStyle: { color: LINE } }
    };
    return {
      animation: false,
      aria: { enabled: false },
      textStyle: { fontFamily: fontFamily },
      grid: upright
        ? { left: 4, right: 8, top: 24, bottom: 4, containLabel: true }
        : { left: 4, right: 64, top: 4, bottom: 4, containLabel: true },
      xAxis: upright ? names : amounts,
      yAxis: upright ? amounts : names,
      series: [{
        type: "bar",
        barMaxWidth: upright ? 36 : 16,
        barCategoryGap: "35%",
        label: {
          show: !upright,
          position: "right",
          color: FAINT,
          fontSize: 12,
          formatter: function (item) { return item.value === null || item.value === undefined ? "" : short(item.value); }
        },
        emphasis: { itemStyle: { color: RUST } },
        data: entries.map(function (entry) {
          return { value: entry.value, itemStyle: { color: someChosen && !entry.chosen ? PALE : INDIGO } };
        })
      }]
    };
  }

  function mark(entries, index, on) {
    if (entries[index]) {
      entries[index].row.classList.toggle("pointed", on);
    }
  }

  function draw(place) {
    var entries = readTable(document.getElementById(place.getAttribute("data-chart")));
    var kind = place.getAttribute("data-kind");
    if (kind === "rows") {
      place.style.height = entries.length * ROW_HEIGHT + 32 + "px";
    }
    var chart = window.echarts.init(place, null, { renderer: "canvas" });
    chart.setOption(option(kind, entries, place.clientWidth));
    chart.on("click", function (item) {
      var entry = entries[item.dataIndex];
      if (entry && entry.href) {
        window.location.assign(entry.href);
      }
    });
    chart.on("mouseover", function (item) { mark(entries, item.dataIndex, true); });
    chart.on("mouseout", function (item) { mark(entries, item.dataIndex, false); });
    window.addEventListener("resize", function () { chart.resize(); });
    place.setAttribute("data-drawn", String(entries.length));
  }

  Array.prototype.forEach.call(document.querySelectorAll("[data-chart]"), draw);
})();
