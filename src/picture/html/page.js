"use strict";
(() => {
  const picture = JSON.parse(document.getElementById("picture").textContent);
  const byId = (id) => document.getElementById(id);
  const [stage, drawing, query, found, selected] =
    ["stage", "drawing", "query", "found", "selected"].map(byId);
  const nodes = [...drawing.querySelectorAll("[data-node]")];
  const edges = [...drawing.querySelectorAll("[data-edge]")];
  const place = new Map(picture.nodes.map((node, at) => [node.id, at]));
  const links = picture.edges.map((edge) => ({ ...edge, from: place.get(edge.from), to: place.get(edge.to) }));

  // The part of the drawing that is shown, as the viewBox.
  const whole = { width: Number(stage.dataset.width), height: Number(stage.dataset.height) };
  let view;

  const show = (next) => {
    view = next;
    drawing.setAttribute("viewBox", [view.x, view.y, view.width, view.height].join(" "));
  };
  const shape = () => stage.clientHeight / Math.max(stage.clientWidth, 1);
  const fit = () => {
    const width = Math.max(whole.width, whole.height / shape(), stage.clientWidth / 1.5);
    const height = width * shape();
    show({ x: (whole.width - width) / 2, y: (whole.height - height) / 2, width, height });
  };
  const zoom = (factor, atX = 0.5, atY = 0.5) => {
    const width = Math.min(Math.max(view.width * factor, 150), Math.max(whole.width, whole.height) * 6);
    const height = width * shape();
    show({ x: view.x + (view.width - width) * atX, y: view.y + (view.height - height) * atY, width, height });
  };
  const pan = (dx, dy) => {
    const scale = view.width / stage.clientWidth;
    show({ ...view, x: view.x - dx * scale, y: view.y - dy * scale });
  };
  const centre = (at) => {
    const box = nodes[at].querySelector(".box");
    const [x, y, w, h] = ["x", "y", "width", "height"].map((name) => Number(box.getAttribute(name)));
    const width = Math.min(view.width, Math.max(stage.clientWidth, w * 2));
    const height = width * shape();
    show({ x: x + 24 + w / 2 - width / 2, y: y + 24 + h / 2 - height / 2, width, height });
  };

  // Everything that is reached from a node, one way or the other.
  const reached = (start, near, far) => {
    const seen = new Set([start]);
    const lines = new Set();
    const open = [start];
    while (open.length > 0) {
      const node = open.pop();
      links.forEach((link, at) => {
        if (link[near] !== node) return;
        lines.add(at);
        if (!seen.has(link[far])) {
          seen.add(link[far]);
          open.push(link[far]);
        }
      });
    }
    seen.delete(start);
    return { seen, lines };
  };

  const element = (name, text) => {
    const made = document.createElement(name);
    if (text !== undefined) made.textContent = text;
    return made;
  };
  const list = (heading, all, direct) => {
    const section = document.createDocumentFragment();
    section.append(element("h2", `${heading} (${all.size})`));
    const items = element("ul");
    [...all].sort((a, b) => direct.has(b) - direct.has(a) || a - b).forEach((at) => {
      const button = element("button", picture.nodes[at].label);
      button.type = "button";
      button.title = picture.nodes[at].id;
      const { state } = picture.nodes[at];
      const notes = [direct.has(at) ? null : "indirectly", state === picture.nodes[chosen].state ? null : state];
      const note = notes.filter((text) => text !== null).join(", ");
      if (note !== "") button.append(element("small", ` (${note})`));
      button.addEventListener("click", () => choose(at, true));
      const item = element("li");
      item.append(button);
      items.append(item);
    });
    section.append(items);
    return section;
  };

  let chosen = null;
  const choose = (at, move) => {
    chosen = at;
    drawing.classList.toggle("choosing", at !== null);
    selected.hidden = at === null;
    selected.replaceChildren();
    nodes.forEach((node, own) => {
      node.classList.toggle("chosen", own === at);
      node.classList.remove("related");
      node.setAttribute("aria-pressed", String(own === at));
    });
    edges.forEach((edge) => edge.classList.remove("related"));
    if (at === null) {
      history.replaceState(null, "", location.pathname + location.search);
      return;
    }
    const below = reached(at, "from", "to");
    const above = reached(at, "to", "from");
    [...below.seen, ...above.seen].forEach((other) => nodes[other].classList.add("related"));
    edges.forEach((edge) => {
      const own = Number(edge.dataset.edge);
      edge.classList.toggle("related", below.lines.has(own) || above.lines.has(own));
    });
    const node = picture.nodes[at];
    const detail = element("dl");
    Object.entries({ type: node.kind, ...node.detail }).forEach(([key, value]) => {
      detail.append(element("dt", key), element("dd", value));
    });
    const direct = (near, far) => new Set(links.filter((link) => link[near] === at).map((link) => link[far]));
    selected.append(
      element("h2", node.label),
      detail,
      list("Depends on", below.seen, direct("from", "to")),
      list("Needed by", above.seen, direct("to", "from")),
    );
    history.replaceState(null, "", `#node=${encodeURIComponent(node.id)}`);
    if (move) centre(at);
  };

  let matches = [];
  let current = -1;
  const find = () => {
    const words = query.value.toLowerCase().split(/\s+/).filter(Boolean);
    const texts = (node) => [node.id, node.label, node.kind, node.family, node.state ?? "", ...Object.values(node.detail)];
    const fits = (node) => words.every((word) => texts(node).some((text) => text.toLowerCase().includes(word)));
    matches = words.length === 0 ? [] : picture.nodes.flatMap((node, at) => (fits(node) ? [at] : []));
    current = -1;
    nodes.forEach((node, at) => node.classList.toggle("match", matches.includes(at)));
    found.textContent = words.length === 0 ? "" : `${matches.length} found`;
  };
  const goOn = (step) => {
    if (matches.length === 0) return;
    current = (current + step + matches.length) % matches.length;
    found.textContent = `${current + 1} of ${matches.length}`;
    choose(matches[current], true);
  };

  nodes.forEach((node, at) => {
    node.setAttribute("tabindex", "0");
    node.setAttribute("role", "button");
    node.setAttribute("aria-label", picture.nodes[at].id);
    node.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      choose(at, false);
    });
    node.addEventListener("focus", () => {
      if (node.matches(":focus-visible")) centre(at);
    });
  });

  // A click is a press that did not move. What was pressed is remembered, since the stage captures the pointer.
  let press = null;
  stage.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    press = { x: event.clientX, y: event.clientY, moved: false, node: event.target.closest("[data-node]") };
    stage.setPointerCapture(event.pointerId);
  });
  stage.addEventListener("pointermove", (event) => {
    if (press === null) return;
    const [dx, dy] = [event.clientX - press.x, event.clientY - press.y];
    if (!press.moved && Math.hypot(dx, dy) < 4) return;
    stage.classList.add("dragging");
    pan(dx, dy);
    press = { ...press, x: event.clientX, y: event.clientY, moved: true };
  });
  const release = (event) => {
    if (press !== null && !press.moved && event.type === "pointerup") {
      choose(press.node === null ? null : nodes.indexOf(press.node), false);
    }
    press = null;
    stage.classList.remove("dragging");
  };
  stage.addEventListener("pointerup", release);
  stage.addEventListener("pointercancel", release);
  stage.addEventListener("wheel", (event) => {
    event.preventDefault();
    const at = stage.getBoundingClientRect();
    const pixels = event.deltaY * (event.deltaMode === 0 ? 1 : 20);
    zoom(Math.exp(pixels * 0.0015), (event.clientX - at.left) / at.width, (event.clientY - at.top) / at.height);
  }, { passive: false });

  byId("smaller").addEventListener("click", () => zoom(1.3));
  byId("larger").addEventListener("click", () => zoom(1 / 1.3));
  byId("fit").addEventListener("click", fit);
  query.addEventListener("input", find);
  query.addEventListener("keydown", (event) => {
    if (event.key === "Enter") goOn(event.shiftKey ? -1 : 1);
  });
  const keys = {
    "/": () => query.focus(),
    "+": () => zoom(1 / 1.3),
    "-": () => zoom(1.3),
    "0": fit,
    ArrowLeft: () => pan(60, 0),
    ArrowRight: () => pan(-60, 0),
    ArrowUp: () => pan(0, 60),
    ArrowDown: () => pan(0, -60),
  };
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      query.value = "";
      find();
      choose(null, false);
    } else if (event.target !== query && Object.hasOwn(keys, event.key) && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      keys[event.key]();
    }
  });
  new ResizeObserver(() => zoom(1)).observe(stage);

  // A link can lead to a node or a search: #node=ID, #find=WORDS.
  fit();
  const asked = new URLSearchParams(location.hash.slice(1));
  if (asked.has("find")) {
    query.value = asked.get("find");
    find();
  }
  if (place.has(asked.get("node"))) choose(place.get(asked.get("node")), true);
})();
