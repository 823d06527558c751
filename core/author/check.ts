/** What an author wants to hear before an event comes: problems and traps of a project, each with its place. Nothing is rendered and nothing is sent. */
import { BrineError, type ErrorCode, type Where } from '../errors.ts';
import { matchGlob } from '../glob.ts';
import { nearest } from '../nearest.ts';
import { findFiles, textOf } from '../reactor/files.ts';
import { compileRules } from '../reactor/pattern.ts';
import type { Project, ReactorEntry } from '../reactor/reactions.ts';
import { SIGNATURES } from '../sls/salt-signatures.ts';
import { type FunctionBlock, type Line, readSkeleton, type Skeleton, walk } from './skeleton.ts';

export interface Finding {
  /** An error stops a deployment; a warning is a trap; a note is worth knowing. */
  readonly level: 'error' | 'warning' | 'note';
  readonly code: ErrorCode;
  readonly text: string;
  readonly where: Where;
  readonly hint?: string | undefined;
}

export interface CheckOptions {
  /** Functions that hosts have; absent: those are not checked. */
  readonly functions?: ReadonlySet<string>;
}

export function checkProject(project: Project, options: CheckOptions = {}): readonly Finding[] {
  const findings: Finding[] = [...checkEntries(project), ...checkRules(project)];
  const ids = new Map<string, Where>();
  const globsOf = new Map<string, ReactorEntry[]>();
  for (const entry of project.entries)
    for (const file of entry.paths.flatMap((path) => findFiles(project, path)))
      globsOf.set(file, [...(globsOf.get(file) ?? []), entry]);
  for (const [file, entries] of globsOf) {
    const source = textOf(project, file);
    if (source === undefined || /^#!(?![^\n]*jinja)/.test(source)) continue;
    try {
      const skeleton = readSkeleton(source.replace(/^#![^\n]*/, ''), file);
      findings.push(...checkFile(skeleton, { file, entries, options, ids }));
    } catch (error) {
      if (!(error instanceof BrineError)) throw error;
      findings.push({ level: 'error', code: error.code, text: error.text, where: error.where ?? { file }, hint: error.hint });
    }
  }
  return findings;
}

function checkEntries({ entries }: Project): Finding[] {
  const findings: Finding[] = [];
  entries.forEach((entry, i) => {
    const same = entries.slice(0, i).find((other) => other.glob === entry.glob);
    if (same)
      findings.push({
        level: 'note',
        code: 'lint.duplicate',
        text: `'${entry.glob}' stands twice; both entries run, in order`,
        where: entry.where,
      });
    const twice = entry.paths.find((path, at) => entry.paths.indexOf(path) !== at);
    if (twice)
      findings.push({
        level: 'warning',
        code: 'lint.duplicate',
        text: `${twice} is named twice for '${entry.glob}': it runs twice`,
        where: entry.where,
      });
  });
  return findings;
}

function checkRules({ entries }: Project): Finding[] {
  try {
    const { widenings } = compileRules(entries, { source: ['brine.minion', 'brine.platform', 'brine.operator'] });
    return widenings.map(({ entry, glob, to, why }) => ({
      level: 'note' as const,
      code: 'lint.widened' as const,
      text: `'${glob}' is let in as ${JSON.stringify(to)}: ${why}`,
      where: entries[entry]?.where ?? { file: 'reactor.conf' },
    }));
  } catch (error) {
    if (!(error instanceof BrineError)) throw error;
    return [
      { level: 'error', code: error.code, text: error.text, where: error.where ?? { file: 'reactor.conf' }, hint: error.hint },
    ];
  }
}

interface FileContext {
  readonly file: string;
  readonly entries: readonly ReactorEntry[];
  readonly options: CheckOptions;
  readonly ids: Map<string, Where>;
}

function checkFile({ functions, statements }: Skeleton, context: FileContext): Finding[] {
  const findings: Finding[] = [];
  const { file, ids } = context;
  for (const { id, idLine } of functions.filter(
    (block, i) => functions.findIndex((other) => other.idLine === block.idLine) === i,
  )) {
    const where = { file, line: idLine, col: 1 };
    const before = ids.get(id);
    if (before && before.file !== file && !id.includes('{{'))
      findings.push({
        level: 'warning',
        code: 'lint.duplicate',
        text: `the ID '${id}' stands in ${before.file}:${before.line} too: where both files run, Salt drops one of them; Brine runs both`,
        where,
      });
    ids.set(id, where);
  }
  for (const block of functions) findings.push(...checkFunction(block, context));
  walk(statements, (node) => {
    if (node.k !== 'if' || !('branches' in node)) return;
    for (const { test, body } of node.branches as {
      test: { k: string; value?: unknown; line: number; col: number };
      body: readonly unknown[];
    }[]) {
      const never = test.k === 'const' && (test.value === false || test.value === null || test.value === '' || test.value === 0n);
      if (never && body.length > 0)
        findings.push({
          level: 'warning',
          code: 'lint.unreachable',
          text: 'this branch is never taken',
          where: { file, line: test.line, col: test.col },
        });
    }
  });
  return findings;
}

const SHELL = /^cmd\.(run|run_all|run_stdout|run_stderr|retcode|shell)$/;

function checkFunction(block: FunctionBlock, { file, entries, options }: FileContext): Finding[] {
  const findings: Finding[] = [];
  const { kind, fun, line, col, body } = block;
  const where = { file, line, col };
  const say = (level: Finding['level'], code: ErrorCode, text: string, at: Where, hint?: string) =>
    findings.push({ level, code, text, where: at, ...(hint !== undefined && { hint }) });
  const at = ({ number, text }: Line, part: string): Where => ({ file, line: number, col: Math.max(1, text.indexOf(part) + 1) });
  const keyLine = (key: string) => body.find(({ text }) => new RegExp(`^\\s*-?\\s*${key}\\s*:`).test(text));

  if (kind === 'runner' || kind === 'wheel') {
    const known = SIGNATURES[kind];
    if (fun === 'state.over')
      say(
        'warning',
        'lint.function',
        'runner.state.over was removed from Salt in 2015.8',
        where,
        'write an orchestration, runner.state.orchestrate',
      );
    else if (!known.has(fun))
      say('error', 'lint.function', `there is no ${kind} function ${fun}`, where, suggestion(fun, known.keys()));
  } else if (kind !== 'caller' && options.functions && !options.functions.has(fun))
    say('warning', 'lint.function', `hosts have no function ${fun}`, where, suggestion(fun, options.functions));

  if (kind === 'local' || kind === 'cmd') {
    const tgt = keyLine('tgt');
    if (!tgt) say('error', 'reactor.target', `${kind}.${fun} has no target`, where, "add - tgt: 'web*'");
    const type = keyLine('tgt_type');
    if (keyLine('expr_form'))
      say(
        'note',
        'lint.old',
        'expr_form was dropped in Salt 2019.2 and is swallowed there',
        at(keyLine('expr_form') as Line, 'expr_form'),
        'write tgt_type',
      );
    if (tgt?.prints.some((print) => print.ofHost) && type && /compound|pcre|glob/.test(type.text))
      say(
        'note',
        'lint.data',
        'what a host wrote is literal inside a target: its *, spaces and operators mean nothing',
        at(tgt, '{{'),
      );
    if (SHELL.test(fun)) {
      for (const one of body)
        for (const print of one.prints)
          if (print.ofHost && !print.quoted && !print.serialized && !/^\s*-?\s*(tgt|ret|queue_ttl|timeout)\s*:/.test(one.text))
            say(
              'warning',
              'lint.quote',
              'what a host wrote stands in a shell command without quote: with other than letters, digits and _@%+=:,./!^- it is refused',
              { file, line: print.line, col: print.col },
              '{{ … | quote }}',
            );
      if (!keyLine('queue_ttl'))
        say(
          'note',
          'lint.ttl',
          'a host that is away for more than 15 minutes does not run this command',
          where,
          'add - queue_ttl: 3600 where it should',
        );
    }
    const arg = keyLine('arg');
    if (arg && /arg\s*:\s*[^\s[{&*|>]/.test(arg.text))
      say(
        'warning',
        'lint.arg',
        'arg is one text: Salt sends its letters one by one, Brine sends it whole',
        at(arg, 'arg'),
        'arg: [ … ]',
      );
  }
  if (/^event\.(send|fire_master|fire)$/.test(fun)) {
    for (const entry of entries) {
      const tag = body
        .map(({ text }) => /(?:tag\s*:|-)\s*["']?([\w./-]+\/[\w./-]*)["']?\s*$/.exec(text)?.[1])
        .find((found) => found !== undefined && matchGlob(found, entry.glob));
      if (tag !== undefined)
        say(
          'warning',
          'lint.loop',
          `it fires '${tag}', which wakes '${entry.glob}' and so this file again`,
          where,
          'a chain ends after its hops are used up; fire another tag',
        );
    }
  }
  for (const one of body) {
    const slow = /\(([^()]*[+*])\)[+*]/.exec(one.text);
    if (slow && /pcre|regex|E@|P@/.test(body.map(({ text }) => text).join(' ')))
      say('note', 'lint.regex', `${slow[0]} repeats what repeats; it runs within a budget of steps`, at(one, slow[0]));
  }
  return findings;
}

function suggestion(name: string, known: Iterable<string>): string | undefined {
  const near = nearest(name, known);
  return near === undefined ? undefined : `did you mean ${near}?`;
}
