// Comfort, and nothing that a page needs: copies a value, and shows by itself what has come meanwhile.
"use strict";

// Beside each value, a button that copies it.
for (const value of document.querySelectorAll(".copies .value")) {
  const name = value.previousElementSibling.firstChild.textContent;
  const cell = document.createElement("dd");
  cell.className = "act";
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn small";
  button.textContent = "Copy";
  button.setAttribute("aria-label", `Copy ${name}`);
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(value.textContent.trim());
    button.textContent = "Copied";
    setTimeout(() => (button.textContent = "Copy"), 2000);
  });
  cell.append(button);
  value.after(cell);
}

// A longer text has its button in the page, which is of use only here.
for (const button of document.querySelectorAll("[data-copies]")) {
  const label = button.textContent;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copies).textContent);
    button.textContent = "Copied";
    setTimeout(() => (button.textContent = label), 2000);
  });
  button.hidden = false;
}

// A token that is shown this once is not left by accident.
const secret = document.querySelector("[data-secret]");
if (secret) {
  addEventListener("beforeunload", (event) => event.preventDefault());
}

// A file is read into the field of its text, and is sent with that.
for (const row of document.querySelectorAll("[data-reads]")) {
  const [field, file] = [document.getElementById(row.dataset.reads), row.querySelector("input")];
  file.addEventListener("change", async () => {
    if (file.files.length > 0) {
      field.value = await file.files[0].text();
      field.focus();
    }
  });
  row.hidden = false;
}

// While something is waited for and somebody looks, for an hour at most.
const waits = document.querySelector("[data-waits]");
if (waits) {
  const until = Date.now() + 3600000;
  const show = async () => {
    const answer = await fetch(waits.dataset.live, { redirect: "error" });
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const part of answer.ok ? fresh.querySelectorAll("[id]") : []) {
      const shown = document.getElementById(part.id);
      if (shown && shown.innerHTML.trim() !== part.innerHTML.trim()) {
        shown.innerHTML = part.innerHTML;
      }
    }
  };
  const look = async () => {
    if (document.visibilityState === "visible") {
      // where the server is away, the next time may do
      await show().catch(() => {});
    }
    if (Date.now() < until) {
      setTimeout(look, 5000);
    }
  };
  setTimeout(look, 5000);
}
