// Keeps static files with hashed names, and a page that says there is no connection. Nothing else, ever:
// pages hold people's money and always come from the server.
"use strict";
const { cache: CACHE, offline: OFFLINE, files: FILES, root: ROOT } = {{ facts|tojson }};
const HASHED = /\.[0-9a-f]{12}\.\w+$/;

async function install() {
  const cache = await caches.open(CACHE);
  await cache.addAll([OFFLINE, ...FILES].map((url) => new Request(url, { credentials: "omit", cache: "reload" })));
  await self.skipWaiting();
}

async function activate() {
  for (const name of await caches.keys()) if (name !== CACHE) await caches.delete(name);
  await self.clients.claim();
}

// A hashed name never changes its content, so the copy is as good as the file.
async function keep(request) {
  const cache = await caches.open(CACHE);
  const kept = await cache.match(request.url);
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok && answer.type === "basic") await cache.put(request.url, answer.clone());
  return answer;
}

async function orKept(request, url) {
  try {
    return await fetch(request);
  } catch {
    return (await caches.match(url)) ?? Response.error();
  }
}

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(activate()));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (request.mode === "navigate") event.respondWith(orKept(request, OFFLINE));
  else if (url.pathname.startsWith(ROOT) && HASHED.test(url.pathname)) event.respondWith(keep(request));
  else if (FILES.includes(url.pathname)) event.respondWith(orKept(request, url.pathname));
});
