// Onboarding: choosing a type fills in the dates that the server suggests for it.
(() => {
  const type = document.querySelector("#id_period_type");
  if (!type) return;
  type.addEventListener("change", () => {
    for (const name of ["start", "end"]) {
      const day = type.getAttribute(`data-${type.value}-${name}`);
      if (day) document.querySelector(`#id_${name}`).value = day;
    }
  });
})();
