// Gern's tracker. <script defer src="https://HOST/gern.js" data-key="gp_..."></script>
// Stores nothing on the device until gern.consent(true); is silent with DNT or GPC.
(function () {
  "use strict";
  var w = window, d = document, n = navigator, l = location, script = d.currentScript;
  var data = script.dataset, key = data.key, host = data.host || new URL(script.src).origin;
  var early = (w.gern && w.gern.q) || [];
  var off = n.doNotTrack === "1" || w.doNotTrack === "1" || n.globalPrivacyControl;
  var ID = "gern_id", WHO = "gern_who", id, who, queue = [], timer, sending, wait = 1;
  var url, engaged = 0, since = 0, page = {};

  function store(name, value) {
    try {
      if (value === undefined) return localStorage.getItem(name);
      if (value === null) localStorage.removeItem(name); else localStorage.setItem(name, value);
    } catch (e) { /* no storage: cookieless */ }
  }
  function uuid() {
    return n.userAgent && w.crypto && crypto.randomUUID ? crypto.randomUUID()
      : "xxxxxxxxxxxxxxxx".replace(/x/g, function () { return (Math.random() * 36 | 0).toString(36); }) + Date.now().toString(36);
  }
  function campaign() {
    var found = {}, some;
    new URLSearchParams(l.search).forEach(function (value, name) {
      if (name.slice(0, 4) === "utm_") { some = 1; found[name === "utm_campaign" ? "name" : name.slice(4)] = value; }
    });
    return some ? found : undefined;
  }
  function call(type, fields) {
    if (off || !key) return;
    fields.type = type;
    fields.messageId = "g-" + uuid();
    fields.timestamp = new Date().toISOString();
    if (id) fields.anonymousId = id;
    if (who) { fields.userId = who.id; }
    fields.context = {
      page: page, campaign: campaign(), locale: n.language,
      library: { name: "gern.js", version: "1" }
    };
    if (who && who.proof) fields.context.proof = who.proof;
    queue.push(fields);
    clearTimeout(timer);
    timer = setTimeout(send, queue.length > 9 ? 0 : 400);
  }
  function body(items) {
    return JSON.stringify({ writeKey: key, sentAt: new Date().toISOString(), batch: items });
  }
  function send() {
    if (sending || !queue.length) return;
    var items = queue.splice(0, 50);
    sending = true;
    fetch(host + "/v1/batch", { method: "POST", body: body(items), keepalive: items.length < 20, credentials: "omit" })
      .then(function (reply) { if (reply.status > 428) throw reply.status; wait = 1; })
      .catch(function () {
        queue = items.concat(queue).slice(-500);
        timer = setTimeout(send, 1000 * (wait = Math.min(60, wait * 2)));
      })
      .finally(function () { sending = false; if (queue.length && wait === 1) send(); });
  }
  // leaving: what is left goes by beacon; the same messageId is counted once
  function leave() {
    stop();
    if (engaged >= 1000) track("Page Engaged", { seconds: Math.round(engaged / 1000) });
    engaged = 0;
    while (queue.length) {
      var items = queue.splice(0, 20);
      if (!n.sendBeacon || !n.sendBeacon(host + "/v1/batch", body(items))) { queue = items.concat(queue); break; }
    }
  }
  function start() { if (!since && d.visibilityState !== "hidden") since = Date.now(); }
  function stop() { if (since) { engaged += Math.min(Date.now() - since, 18e5); since = 0; } }

  function track(name, properties) { call("track", { event: name, properties: properties || {} }); }
  function view(name, properties) {
    var before = url;
    if (url) { stop(); if (engaged >= 1000) track("Page Engaged", { seconds: Math.round(engaged / 1000) }); engaged = 0; }
    url = l.href;
    page = { url: url, path: l.pathname, title: d.title, referrer: before || d.referrer };
    var found = { url: url.split(/[?#]/)[0], path: l.pathname, title: d.title, referrer: (before || d.referrer).split(/[?#]/)[0] };
    var search = new URLSearchParams(l.search);
    (data.search || "q,s,query,search,suche").split(",").some(function (p) {
      if (search.get(p)) { found.search = search.get(p); return 1; }
    });
    for (var k in properties) found[k] = properties[k];
    call("page", { name: name, properties: found });
    if (found.search) track("Products Searched", { query: found.search });
    start();
  }
  function moved() { if (l.href.split("#")[0] !== (url || "").split("#")[0]) setTimeout(view, 30); }

  var gern = {
    track: track,
    page: view,
    // proof: HMAC-SHA256 of the id, made on your server; without it, it is only a claim
    identify: function (customer, traits, proof) {
      who = { id: String(customer), proof: proof };
      if (id) store(WHO, JSON.stringify(who));
      if (id || proof) call("identify", { traits: traits || {} });
      else who = undefined;
    },
    // true: keep a first-party id on this device; false: forget it
    consent: function (yes) {
      if (!yes) { id = who = undefined; store(ID, null); store(WHO, null); return; }
      if (off) return;
      store(ID, id = store(ID) || uuid());
      try { who = who || JSON.parse(store(WHO) || "null") || undefined; } catch (e) { who = undefined; }
    },
    flush: send
  };
  w.gern = gern;

  function near(event, selector) { return event.target.closest && event.target.closest(selector); }
  d.addEventListener("click", function (event) {
    var a = near(event, "a[href]"), named = near(event, "[data-gern]");
    if (named) track(named.dataset.gern, { text: (named.textContent || "").trim().slice(0, 80) });
    if (!a || !/^http/.test(a.href)) return;
    var to = new URL(a.href), clean = to.origin + to.pathname;
    if (/\.(pdf|zip|docx?|xlsx?|pptx?|csv|txt|mp[34]|mov|epub|dmg|exe|apk|gz|rar|7z|ics)$/i.test(to.pathname)) track("File Downloaded", { url: clean });
    else if (to.host !== l.host) track("Outbound Link Clicked", { url: clean });
    else if (!named) track("Link Clicked", { path: to.pathname, text: (a.textContent || "").trim().slice(0, 80) });
  }, true);
  d.addEventListener("submit", function (event) {
    var f = event.target;
    track("Form Submitted", { form: f.getAttribute("name") || f.id || "", path: f.action && /^http/.test(f.action) ? new URL(f.action).pathname : "" });
  }, true);
  d.addEventListener("visibilitychange", function () { if (d.visibilityState === "hidden") leave(); else start(); });
  w.addEventListener("pagehide", leave);
  w.addEventListener("pageshow", start);
  ["pushState", "replaceState"].forEach(function (name) {
    var own = history[name];
    history[name] = function () { var r = own.apply(this, arguments); moved(); return r; };
  });
  w.addEventListener("popstate", moved);

  function run(args) { gern[args[0]].apply(gern, [].slice.call(args, 1)); }
  early.forEach(function (args) { if (args[0] === "consent") run(args); });
  if (data.auto !== "off") view();
  early.forEach(function (args) { if (args[0] !== "consent") run(args); });
})();
