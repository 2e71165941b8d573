// Onboarding: preselect the browser's time zone while the person's is still the default one.
(() => {
  const select = document.querySelector("[data-detect-zone] select");
  if (!select || select.value !== "UTC" || !window.Intl) return;
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if ([...select.options].some((option) => option.value === zone)) select.value = zone;
})();
