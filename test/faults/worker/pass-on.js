// A service worker that passes every request on, as many pages have: the page then sees no upload progress.
addEventListener('install', () => self.skipWaiting());
addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));
addEventListener('fetch', (event) => event.respondWith(fetch(event.request)));
