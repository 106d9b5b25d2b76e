"use strict";
(() => {
  const root = document.documentElement;
  const memory = {
    get theme() {
      try { return localStorage.getItem("validate-theme"); } catch { return null; }
    },
    set theme(name) {
      try { localStorage.setItem("validate-theme", name); } catch { /* a page from a disk may not remember */ }
    },
  };
  if (memory.theme) root.dataset.theme = memory.theme;

  function themes() {
    const button = document.getElementById("theme");
    const system = matchMedia("(prefers-color-scheme: dark)");
    const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : system.matches);
    const tell = () => button.setAttribute("aria-pressed", String(isDark()));
    button.hidden = false;
    button.addEventListener("click", () => {
      memory.theme = root.dataset.theme = isDark() ? "light" : "dark";
      tell();
    });
    system.addEventListener("change", tell);
    tell();
  }

  function filters() {
    const form = document.getElementById("filter");
    if (!form) return;
    const [text, rule, status, none] = ["text", "rule", "shown", "none"].map((id) => document.getElementById(id));
    const toggles = [...form.elements.namedItem("severity").length ? form.elements.severity : [form.elements.severity]];
    const files = [...document.querySelectorAll(".file")].map((node) => ({
      node,
      path: node.querySelector("h3 .path").textContent,
      found: [...node.querySelectorAll("article")].map((one) => ({ node: one, ...one.dataset, text: "" })),
    }));
    const all = files.reduce((sum, file) => sum + file.found.length, 0);
    const before = status.textContent;
    const hide = (node, isHidden) => {
      if (node.hidden !== isHidden) node.hidden = isHidden;
    };

    function apply() {
      const words = text.value.toLowerCase().split(/\s+/).filter(Boolean);
      const severities = new Set(toggles.filter((one) => one.checked).map((one) => one.value));
      let shown = 0;
      for (const file of files) {
        let here = 0;
        for (const one of file.found) {
          if (words.length && !one.text) one.text = `${file.path} ${one.node.textContent}`.toLowerCase();
          const fits =
            severities.has(one.severity) &&
            (!rule.value || one.rule === rule.value) &&
            words.every((word) => one.text.includes(word));
          hide(one.node, !fits);
          here += fits;
        }
        hide(file.node, !here);
        shown += here;
      }
      hide(none, shown > 0);
      const figure = (count) => count.toLocaleString("en-US");
      status.textContent = shown === all ? before : `${figure(shown)} of ${figure(all)} shown`;
    }

    let asked = 0;
    const soon = () => {
      cancelAnimationFrame(asked);
      asked = requestAnimationFrame(apply);
    };
    form.hidden = false;
    form.addEventListener("input", soon);
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("reset", () => setTimeout(apply));
    for (const link of document.querySelectorAll("a[data-rule]")) {
      link.addEventListener("click", () => {
        form.reset();
        rule.value = link.dataset.rule;
        apply();
      });
    }
    addEventListener("hashchange", () => {
      const target = document.getElementById(location.hash.slice(1));
      if (!target?.closest("[hidden]")) return;
      form.reset();
      apply();
      target.scrollIntoView();
    });
    if (rule.value || text.value) apply();
  }

  addEventListener("DOMContentLoaded", () => {
    themes();
    filters();
  });
  addEventListener("beforeprint", () => {
    for (const part of document.querySelectorAll("details")) part.open = true;
  });
})();
