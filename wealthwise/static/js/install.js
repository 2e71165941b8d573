// Registers the worker that keeps static files and the offline page. A browser without one loses nothing.
navigator.serviceWorker?.register("/service-worker.js").catch(() => {});
