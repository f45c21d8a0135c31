// Words in both languages beside each other (the style sheet shows one), and the few things done to elements everywhere.
(function () {
  "use strict";

  const one = window.OneCode;
  const TEXTS = JSON.parse(document.body.getAttribute("data-texts"));

  function fill(text, values) {
    return text.replace(/\{(\w+)\}/g, function (whole, name) { return values && name in values ? String(values[name]) : whole; });
  }

  one.element = function (name, className) {
    const element = document.createElement(name);
    if (className) {
      element.className = className;
    }
    Array.prototype.slice.call(arguments, 2).forEach(function (child) {
      element.appendChild(typeof child === "string" ? document.createTextNode(child) : child);
    });
    return element;
  };

  function pair(chinese, english) {
    const both = document.createDocumentFragment();
    both.appendChild(one.element("span", "zh", chinese));
    const other = one.element("span", "en", english);
    other.lang = "en";
    both.appendChild(other);
    return both;
  }

  // The text `key` of texts.toml's section [scan], in both languages.
  one.say = function (key, values) {
    const text = TEXTS[key];
    return pair(fill(text[0], values), fill(text[1], values));
  };

  // A message of the server, worded "中文 / English".
  one.sayProblem = function (problem) {
    const detail = problem && problem.detail ? String(problem.detail) : "";
    const halves = detail.split(" / ");
    const errors = problem && problem.errors ? problem.errors.map(function (error) { return error.field + ": " + error.message; }).join("; ") : "";
    const more = errors ? " (" + errors + ")" : "";
    return !detail ? one.say("no_reason") : halves.length === 2 ? pair(halves[0] + more, halves[1] + more) : pair(detail + more, detail + more);
  };

  one.put = function (element) {
    element.textContent = "";
    Array.prototype.slice.call(arguments, 1).forEach(function (child) {
      element.appendChild(typeof child === "string" ? document.createTextNode(child) : child);
    });
    return element;
  };

  one.at = function (id) {
    return document.getElementById(id);
  };

  one.button = function (key, className, press) {
    const button = one.element("button", className, one.say(key));
    button.type = "button";
    button.addEventListener("click", press);
    return button;
  };

  // A button that does what cannot be taken back: the first press only asks.
  one.sureButton = function (key, className, press) {
    const button = one.button(key, className, function () {
      if (button.getAttribute("data-asked")) {
        press();
      } else {
        button.setAttribute("data-asked", "yes");
        one.put(button, one.say("sure"));
      }
    });
    return button;
  };

  // A moment on the phone's clock, without the year when it is this one.
  one.moment = function (iso) {
    const moment = new Date(iso);
    const two = function (number) { return (number < 10 ? "0" : "") + number; };
    const year = moment.getFullYear() === new Date().getFullYear() ? "" : moment.getFullYear() + "-";
    return year + two(moment.getMonth() + 1) + "-" + two(moment.getDate()) + " " + two(moment.getHours()) + ":" + two(moment.getMinutes());
  };

  one.isChinese = function () {
    return document.documentElement.lang.indexOf("zh") === 0;
  };

  one.setLanguage = function (language) {
    document.documentElement.lang = language === "en" ? "en" : "zh-CN";
    document.cookie = "onecode_lang=" + language + "; path=/; max-age=31536000; samesite=lax";
  };

  // As the other pages choose: asked for in the address, chosen before, the phone's own, else Chinese.
  one.chooseLanguage = function () {
    const asked = /[?&]lang=(zh|en)\b/.exec(window.location.search) || /(?:^|; )onecode_lang=(zh|en)\b/.exec(document.cookie);
    one.setLanguage(asked ? asked[1] : /^en\b/.test(window.navigator.language || "") ? "en" : "zh");
  };
})();
