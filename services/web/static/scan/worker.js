// Opens the scanning page without a line. It keeps the page and its files, which are the same for everybody, and nothing
// else: no answer of the interface passes through here. Served with self.KEPT (version, page, files) before this.
(function () {
  "use strict";

  const PREFIX = "onecode-scan-";
  const NAME = PREFIX + self.KEPT.version;
  const FILES = self.KEPT.files.concat(self.KEPT.page);

  self.addEventListener("install", function (event) {
    event.waitUntil(caches.open(NAME).then(function (cache) { return cache.addAll(FILES); }));
  });

  self.addEventListener("activate", function (event) {
    event.waitUntil(caches.keys().then(function (names) {
      return Promise.all(names.filter(function (name) { return name.indexOf(PREFIX) === 0 && name !== NAME; })
        .map(function (name) { return caches.delete(name); }));
    }).then(function () { return self.clients.claim(); }));
  });

  self.addEventListener("message", function (event) {
    if (event.data === "take over") {
      self.skipWaiting();
    }
  });

  self.addEventListener("fetch", function (event) {
    const url = new URL(event.request.url);
    const isOurs = event.request.method === "GET" && url.origin === self.location.origin && FILES.indexOf(url.pathname) >= 0;
    if (isOurs) {
      event.respondWith(caches.open(NAME).then(function (cache) { return cache.match(url.pathname); })
        .then(function (kept) { return kept || fetch(event.request); }));
    }
  });
})();
