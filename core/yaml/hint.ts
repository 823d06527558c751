/** What is wrong with a line that is no YAML, and what to do, for the mistakes that people make in reactor files. */

export function hintFor(text: string, line: number, reason: string): { readonly found: string; readonly hint?: string } {
  const lines = text.split(/\r\n|\n|\r/);
  const shown = lines[line - 1] ?? '';
  const trimmed = shown.trim();
  if (/^\s*\t/.test(shown)) return { found: 'found a tab where YAML wants spaces', hint: 'indent with spaces' };
  const owner = listOwner(lines, line);
  if (owner && /^-\s/.test(shown)) {
    const list = owner.parent ? `the end of the list under '${owner.parent}'` : 'a key';
    return { found: `expected ${list}, found '${trimmed}'`, hint: `indent it under '${owner.key}'` };
  }
  const bare = /^\s+-\s/.test(shown) ? /^\s*-\s+(['"]?)([^\s:'"]+)\1\s*$/.exec(lines[line - 2] ?? '') : null;
  if (bare && (lines[line - 2] ?? '').search(/\S/) < shown.search(/\S/))
    return { found: `${reason || 'not YAML'}: found '${trimmed}'`, hint: `end the line above it with a colon: - '${bare[2]}':` };
  if (/quoted scalar/.test(reason)) return { found: `${reason}: found '${trimmed}'`, hint: 'close the quote that begins there' };
  if (/(^|[\s:[-])\*/.test(trimmed))
    return { found: `${reason || 'not YAML'}: found '${trimmed}'`, hint: "quote what begins with *, for example tgt: '*'" };
  if (/[{%]\s*%|%\}|\{\{/.test(trimmed))
    return { found: `${reason || 'not YAML'}: found '${trimmed}'`, hint: 'quote the value that holds {{ … }}' };
  if (/:\s.*:\s/.test(trimmed))
    return { found: `${reason || 'not YAML'}: found '${trimmed}'`, hint: 'quote the value that holds a colon and a space' };
  if (/^[@`%]/.test(trimmed.replace(/^(- )?([\w.]+:\s*)?/, '')))
    return { found: `${reason || 'not YAML'}: found '${trimmed}'`, hint: 'quote the value' };
  const beside = /bad indentation/.test(reason) ? neighbour(lines, line) : null;
  if (beside)
    return { found: `${reason}: found '${trimmed}'`, hint: `begin it in column ${beside.column}, as line ${beside.line} does` };
  return { found: trimmed === '' ? reason || 'not YAML' : `${reason || 'not YAML'}: found '${trimmed}'` };
}

/** The nearest line above that a line with this indentation stands beside: a dash by a dash, a key by a key. */
function neighbour(lines: readonly string[], line: number): { line: number; column: number } | null {
  const dashed = (text: string) => /^\s*-\s/.test(text);
  const own = lines[line - 1] ?? '';
  for (let i = line - 2; i >= 0; i -= 1) {
    const above = lines[i] ?? '';
    if (above.trim() === '' || above.trim().startsWith('#') || dashed(above) !== dashed(own)) continue;
    return { line: i + 1, column: above.search(/\S/) + 1 };
  }
  return null;
}

/** For a `- item` at column 1 below `- 'key':`: which key it was meant for, and under which mapping the list stands. */
function listOwner(lines: readonly string[], line: number): { key: string; parent: string | null } | null {
  for (let i = line - 2; i >= 0; i -= 1) {
    const above = lines[i] ?? '';
    if (above.trim() === '' || above.trim().startsWith('#')) continue;
    const found = /^\s+-\s+(['"]?)(.+?)\1\s*:\s*$/.exec(above) ?? /^\s*(['"]?)(.+?)\1\s*:\s*$/.exec(above);
    if (!found) return null;
    const parent = lines
      .slice(0, i)
      .reverse()
      .map((text) => /^(['"]?)([^\s-].*?)\1\s*:\s*$/.exec(text)?.[2])
      .find((key) => key !== undefined);
    return { key: found[2] as string, parent: parent ?? null };
  }
  return null;
}
