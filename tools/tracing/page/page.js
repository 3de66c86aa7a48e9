// What is shown, and what keys and clicks do.

const $ = id => document.getElementById(id);
const ROW = 24;
let here = 0;

// ---- The trace: only the rows in sight are in the document ---------------------------------------------------------

$("rows").style.height = `${count * ROW}px`;

function rowElement(at) {
  const row = rows[at], step = instruction(at), element = document.createElement("div");
  element.className = `row ${kind(at)}${at === here ? " here" : ""}`;
  element.style.top = `${at * ROW}px`;
  element.dataset.row = at;
  const indent = "  ".repeat(row[DEPTH]);
  const place = step ? hex(step[IP], step[IP] < 0x10000 ? 4 : 8) : kind(at) === "bios" ? "BIOS" : "";
  const what = step ? step[TEXT] : kind(at) === "milestone" ? notes[row[WHAT]].replace("_", " ") : notes[row[WHAT]];
  const change = step ? changeText(at) : kind(at) === "bios" ? "" : notes[row[NOTE]];
  element.innerHTML = `<span class="at">${place}</span><span class="what">${escape(indent + what)}</span>` +
    `<span class="change">${escape(change)}</span>`;
  return element;
}

function drawRows() {
  const box = $("trace"), first = Math.max(0, Math.floor(box.scrollTop / ROW) - 10);
  const last = Math.min(count, first + Math.ceil(box.clientHeight / ROW) + 20);
  const all = document.createDocumentFragment();
  for (let at = first; at < last; at++) all.append(rowElement(at));
  $("rows").replaceChildren(all);
}

function showRow() {
  const box = $("trace"), top = here * ROW;
  if (top < box.scrollTop + 2 * ROW || top > box.scrollTop + box.clientHeight - 4 * ROW)
    box.scrollTop = top - box.clientHeight * 0.35;
  drawRows();
}

// ---- The source ------------------------------------------------------------------------------------------------------

let shownFile = null;

function colour(line) {
  const comment = line.search(/;|\/\*|^\s*\*|\/\//);
  if (comment < 0) return escape(line);
  if (line[comment] === ";" && !/\.asm$/.test(shownFile)) return escape(line);
  return `${escape(line.slice(0, comment))}<span class="comment">${escape(line.slice(comment))}</span>`;
}

function showSource() {
  const step = instruction(placed(here)), file = step ? data.files[step[FILE]] : "";
  $("source-head").textContent = step ? `${file}:${step[LINE]}   ${notes[step[SYMBOL]]}` : "";
  if (file !== shownFile) {
    shownFile = file;
    $("source").innerHTML = (data.sources[file] || "").split("\n").map((line, number) =>
      `<div><u>${number + 1}</u>${colour(line)}</div>`).join("");
  }
  for (const old of $("source").querySelectorAll(".here")) old.classList.remove("here");
  const line = step && $("source").children[step[LINE] - 1];
  if (!line) return;
  line.classList.add("here");
  const box = $("source"), top = line.offsetTop - box.offsetTop;
  if (top < box.scrollTop + 40 || top > box.scrollTop + box.clientHeight - 60) box.scrollTop = top - box.clientHeight * 0.4;
}

// ---- The machine -----------------------------------------------------------------------------------------------------

function showNow() {
  const row = rows[here], step = instruction(here), note = notes[row[NOTE]];
  const text = step ? step[TEXT] : notes[row[WHAT]];
  const place = step ? `${hex(step[CS], 4)}:${hex(step[IP], step[IP] < 0x10000 ? 4 : 8)}   ${step[BYTES]}   ` +
    notes[step[SYMBOL]] : {milestone: "milestone", bios: "the BIOS", fold: "a call, folded", rounds: "a loop, folded"}[kind(here)];
  const plain = step ? notes[step[PLAIN]] : "";
  const jumps = /^Goes elsewhere if/i.test(plain) &&
    (values[(here + 1) * registerCount + 8] === (step[IP] + step[BYTES].length / 2) >>> 0 ? " Here it does not" : " Here it does");
  $("now").innerHTML = `<div class="place">${escape(place)}</div><code>${escape(text)}</code>` +
    (plain ? `<p class="plain">${escape(plain[0].toUpperCase() + plain.slice(1))}.${jumps ? `<b>${jumps}.</b>` : ""}</p>` : "") +
    (note ? `<p class="note">${escape(note[0].toUpperCase() + note.slice(1))}.</p>` : "");
}

function showRegisters() {
  const at = (here + 1) * registerCount, cells = [];
  data.registers.forEach((name, number) => {
    const now = values[at + number], before = values[at - registerCount + number];
    if (name === "eflags") return;
    const changed = now !== before && name !== "eip";
    cells.push(`<div title="before: ${hex(before, 8)}"><span>${name}</span><b class="${changed ? "changed" : ""}" ` +
      `style="font-weight:${changed ? 600 : 400}">${hex(now, 8)}</b></div>`);
  });
  $("registers").innerHTML = cells.join("");
  const flags = values[at + registerCount - 1], old = values[at - 1];
  $("flags").innerHTML = data.flags.map(([bit, name]) => `<span class="${flags >>> bit & 1 ? "on" : ""} ` +
    `${(flags ^ old) >>> bit & 1 ? "turned" : ""}">${name}</span>`).join("");
}

function showMode(machine) {
  const cr0 = machine.control[0] || 0, code = machine.segments.find(segment => segment[0] === "cs");
  const step = instruction(placed(here)), ring = step ? step[CS] & 3 : 0;
  const protectedMode = cr0 & 1, wide = code && protectedMode && descriptor(code[2], code[3]).wide;
  $("mode").innerHTML = (protectedMode ? `Protected mode${cr0 >>> 31 ? ", paging" : ""}` : "Real mode") +
    ` <span>${wide ? "32" : "16"}-bit code, ring ${protectedMode ? ring : 0}</span>`;
}

function showSegments(machine) {
  const before = here > 0 ? state(here - 1).segments : machine.segments;
  $("segments").innerHTML = `<table>${machine.segments.map(([name, selector, high, low], number) => {
    const d = descriptor(high, low), changed = before[number] && before[number][1] !== selector;
    const code = name === "cs" ? `${d.wide ? 32 : 16}-bit code` : "data";
    const what = name === "tr" ? "task state segment" : code;
    return `<tr><td>${name}</td><td><span class="${changed ? "changed" : ""}">${hex(selector, 4)}</span></td>` +
      `<td>base ${hex(d.base, 8)}</td><td>${size(d.limit)}</td><td class="wide">${what}</td></tr>`;
  }).join("")}</table>`;
}

function chips(value, names) {
  const found = Object.entries(names).filter(([bit]) => value >>> bit & 1).map(([, name]) => `<span>${name}</span>`);
  return `<div class="chips">${found.join("")}</div>`;
}

function showControl(machine) {
  const c = machine.control, t = machine.tables;
  const line = (name, text) => `<tr><td>${name}</td><td class="wide">${text}</td></tr>`;
  const table = found => found ? `${hex(found[0], 8)}, ${found[1] + 1} bytes` : "";
  $("control").innerHTML = `<table>${line("CR0", `<code>${hex(c[0] || 0, 8)}</code>${chips(c[0] || 0, CR0_BITS)}`)}` +
    `${line("CR3", `<code>${hex(c[3] || 0, 8)}</code> page directory`)}` +
    `${line("CR4", `<code>${hex(c[4] || 0, 8)}</code>${chips(c[4] || 0, CR4_BITS)}`)}` +
    `${line("GDTR", table(t.gdtr))}${line("IDTR", table(t.idtr))}</table>`;
}

function showGdt(machine) {
  $("gdt").innerHTML = `<table>${machine.gdt.map(([selector, text]) => {
    const empty = /^\?\?\?/.test(text);
    const words = empty ? "empty" : text.replace("Execute/Read", "code").replace(/, (Non-Conforming|Accessed)/g, "")
      .replace(/0x0+(?=[0-9a-f])/g, "0x").replace("limit=0xffffffff", "4 GiB");
    return `<tr><td>${hex(selector, 4)}</td><td class="wide ${empty ? "empty" : ""}">${escape(words)}</td></tr>`;
  }).join("")}</table>`;
}

function showDirectory(tables, paging) {
  if (!paging || !tables) {
    $("directory").innerHTML = `<span class="empty">Paging is off: addresses are physical.</span>`;
    return;
  }
  const flag = entry => (entry & 4 ? "user " : "") + (entry & 2 ? "writable" : "read-only") + (entry & 128 ? ", 4 MiB" : "");
  const lines = [];
  for (const [index, entry] of tables[1]) {
    const last = lines[lines.length - 1], target = entry & 0xfffff000;
    if (last && last.to === index - 1 && last.flags === flag(entry)) { last.to = index; continue; }
    lines.push({from: index, to: index, target: target >>> 0, flags: flag(entry)});
  }
  $("directory").innerHTML = `<table>${lines.map(line => `<tr><td>${hex(line.from, 3)}${line.to > line.from ?
    `-${hex(line.to, 3)}` : ""}</td><td>${hex((line.from << 22) >>> 0, 8)}</td><td>&rarr; ${hex(line.target, 8)}</td>` +
    `<td class="wide">${line.flags}</td></tr>`).join("")}</table>`;
}

function showMemory(tables, paging) {
  const reached = data.milestones.length ? data.milestones[milestoneAt(here)][0] : 99;
  const step = instruction(placed(here)), writes = rows[here][WRITES];
  const stack = physical(values[(here + 1) * registerCount + 4], tables, paging);
  const marks = [["EIP", step ? step[PHYSICAL] : null, ""], ["ESP", stack && stack - 1, ""]];
  for (let i = 0; i < writes.length; i += 4) marks.push(["write", writes[i + 1], "write"]);
  $("memory").innerHTML = data.memory.slice().reverse().map(([start, end, name, since]) => {
    const inside = marks.filter(mark => mark[1] !== null && mark[1] >= start && mark[1] < end);
    const names = [...new Set(inside.map(mark => `<b class="${mark[2]}">${mark[0]}</b>`))].join("");
    const look = since === 0 ? "unused" : since > reached ? "later" : "";
    return `<div class="region ${look}"><code>${hex(start, 5)}</code><span>${name}</span><em>${names}</em></div>`;
  }).join("");
}

function showMilestones() {
  const current = milestoneAt(here);
  [...$("milestones").children].forEach((button, number) => {
    const start = data.milestones[number][3];
    const end = number + 1 < data.milestones.length ? data.milestones[number + 1][3] : count;
    button.className = number < current ? "passed" : number === current ? "here" : "";
    button.firstChild.style.width = number === current ? `${100 * (here - start + 1) / Math.max(1, end - start)}%` : "";
  });
  const button = $("milestones").children[current], bar = $("milestones");
  if (button && bar.scrollWidth > bar.clientWidth) bar.scrollLeft = button.offsetLeft - bar.offsetLeft - 60;
}

// ---- Going -----------------------------------------------------------------------------------------------------------

function go(at) {
  here = Math.max(0, Math.min(count - 1, at));
  const machine = state(here), paging = (machine.control[0] || 0) >>> 31;
  const tables = rows[here][TABLES] < 0 ? null : data.tables[rows[here][TABLES]];
  showRow(); showSource(); showNow(); showRegisters(); showMode(machine); showSegments(machine); showControl(machine);
  showGdt(machine); showDirectory(tables, paging); showMemory(tables, paging); showMilestones();
  const row = rows[here];
  $("position").textContent = `instruction ${(row[FIRST] + 1).toLocaleString("en")} of ${data.steps.toLocaleString("en")}`;
  history.replaceState(null, "", `#${here}`);
}

// forward to the next row that is no deeper than `depth`
function shallower(depth) {
  let at = here + 1;
  while (at < count - 1 && rows[at][DEPTH] > depth && kind(at) !== "milestone") at++;
  return at;
}

const moves = {
  "forward": () => here + 1, "back": () => here - 1, "over": () => shallower(rows[here][DEPTH]),
  "out": () => shallower(rows[here][DEPTH] - 1), "page-forward": () => here + 20, "page-back": () => here - 20,
  "start": () => 0, "end": () => count - 1,
  "milestone-forward": () => (data.milestones.find(found => found[3] > here) || [0, 0, 0, count - 1])[3],
  "milestone-back": () => (data.milestones.filter(found => found[3] < here).pop() || [0, 0, 0, 0])[3],
};
const keys = {
  ArrowRight: "forward", ArrowDown: "forward", j: "forward", ArrowLeft: "back", ArrowUp: "back", k: "back", o: "over",
  u: "out", n: "milestone-forward", p: "milestone-back", PageDown: "page-forward", PageUp: "page-back", Home: "start",
  End: "end",
};

document.addEventListener("keydown", event => {
  if (event.ctrlKey || event.metaKey || event.altKey || $("help").open) return;
  if (event.key === "?") $("help").showModal();
  if (!keys[event.key]) return;
  event.preventDefault();
  go(moves[keys[event.key]]());
});
document.addEventListener("click", event => {
  const button = event.target.closest("button"), row = event.target.closest(".row");
  if (row) go(Number(row.dataset.row));
  if (!button) return;
  if (button.dataset.go) go(moves[button.dataset.go]());
  if (button.dataset.milestone) go(data.milestones[button.dataset.milestone][3]);
  if (button.dataset.tab) { document.body.dataset.tab = button.dataset.tab; go(here); }
  if (button.id === "help-button") $("help").showModal();
});
$("trace").addEventListener("scroll", drawRows);
window.addEventListener("resize", drawRows);
window.addEventListener("hashchange", () => go(start()));

$("milestones").innerHTML = data.milestones.map(([number, name, text], at) => `<button data-milestone="${at}" ` +
  `title="${escape(`${number} ${name}: ${text}`)}"><i></i><b>${number}</b><span>${escape(name.replace(/_/g, " "))}</span></button>`).join("");

// #123 is a row, #protected_mode a milestone
function start() {
  const wanted = decodeURIComponent(location.hash.slice(1));
  const milestone = data.milestones.find(found => found[1] === wanted || `${found[0]}` === wanted && !/^\d{3}/.test(wanted));
  return milestone && isNaN(wanted) ? milestone[3] : Number(wanted) || 0;
}
go(start());
