"use strict";
// The data of the trace, and the machine's state after each row.

const data = JSON.parse(document.getElementById("data").textContent);
const rows = data.rows, notes = data.notes, count = rows.length, registerCount = data.registers.length;
const KIND = ["milestone", "step", "bios", "fold", "rounds"];
const DEPTH = 1, WHAT = 2, NOTE = 3, CHANGES = 4, WRITES = 5, STATE = 6, TABLES = 7, FIRST = 8, LENGTH = 9;
const CS = 0, IP = 1, PHYSICAL = 2, BYTES = 3, TEXT = 4, FILE = 5, LINE = 6, SYMBOL = 7, PLAIN = 8;
const WIDTH = {1: 2, 2: 4, 4: 8, 8: 16};
const CR0_BITS = {0: "PE protected mode", 1: "MP", 2: "EM", 3: "TS", 5: "NE", 16: "WP read-only holds", 18: "AM",
                  29: "NW", 30: "CD", 31: "PG paging"};
const CR4_BITS = {4: "PSE large pages", 5: "PAE", 7: "PGE global pages", 9: "OSFXSR", 10: "OSXMMEXCPT", 20: "SMEP",
                  21: "SMAP"};

// registers after each row, one after the other
const values = new Uint32Array((count + 1) * registerCount);
values.set(data.first, 0);
for (let at = 0; at < count; at++) {
  values.copyWithin((at + 1) * registerCount, at * registerCount, (at + 1) * registerCount);
  const changes = rows[at][CHANGES];
  for (let i = 0; i < changes.length; i += 2) values[(at + 1) * registerCount + changes[i]] = changes[i + 1];
}

const hex = (number, digits) => number.toString(16).padStart(digits, "0");
const escape = text => text.replace(/[&<>"]/g, c => ({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"}[c]));
const kind = at => KIND[rows[at][0]];
const instruction = at => kind(at) === "step" ? data.instructions[rows[at][WHAT]] : null;

// The row that tells the place in the source: itself, or the nearest step before it (after it at the very start).
function placed(at) {
  for (let i = kind(at) === "milestone" ? at + 1 : at; i < count && i <= at + 1; i++) if (kind(i) === "step") return i;
  for (let i = at; i >= 0; i--) if (kind(i) === "step") return i;
  return at;
}

function state(at) {
  const own = rows[at][STATE] < 0 ? [[], {}, {}, []] : data.states[rows[at][STATE]];
  const [segments, tables, control, gdt] = own;
  return {segments, tables, control, gdt};
}

function milestoneAt(at) {
  let found = 0;
  data.milestones.forEach((milestone, number) => { if (milestone[3] <= at) found = number; });
  return found;
}

function descriptor(high, low) {
  const base = ((low >>> 16) | ((high & 0xff) << 16) | (high & 0xff000000)) >>> 0;
  let limit = (low & 0xffff) | (high & 0xf0000);
  if (high >>> 23 & 1) limit = limit * 4096 + 4095;
  return {base, limit: limit >>> 0, code: high >>> 11 & 1, wide: high >>> 22 & 1, ring: high >>> 13 & 3};
}

const size = limit => limit === 0xffffffff ? "4 GiB" : limit >= 1023 ? `${(limit + 1) / 1024} KiB` : `${limit + 1} B`;

// the physical address of a linear one, by what the debugger said is mapped
function physical(linear, tables, paging) {
  if (!paging) return linear;
  for (const [start, end, target] of tables ? tables[2] : [])
    if (linear >= start && linear <= end) return target + (linear - start);
  return null;
}

function changeText(at) {
  const row = rows[at], step = instruction(at), real = step && step[CS] !== 8 && step[IP] < 0x10000;
  const said = [];
  for (let i = 0; i < row[CHANGES].length; i += 2) {
    const name = data.registers[row[CHANGES][i]], now = row[CHANGES][i + 1];
    const before = values[at * registerCount + row[CHANGES][i]];
    if (name === "eip") continue;
    if (name === "eflags") {
      for (const [bit, flag] of data.flags) if ((now ^ before) >>> bit & 1) said.push(`${flag}=${now >>> bit & 1}`);
    } else if (real && (now ^ before) >>> 16 === 0) said.push(`${name.slice(1)}=${hex(now & 0xffff, 4)}`);
    else said.push(`${name}=${hex(now, 8)}`);
  }
  for (let i = 0; i < row[WRITES].length; i += 4)
    said.push(`[${hex(row[WRITES][i], 4)}]=${hex(row[WRITES][i + 3], WIDTH[row[WRITES][i + 2]] || 8)}`);
  return said.join(" ");
}
