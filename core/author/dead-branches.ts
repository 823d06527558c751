/** Branches that no event takes: constants, a condition that was settled further out, values that an event of this tag never has. */
import { matchGlob } from '../glob.ts';
import type { Expr, Stmt } from '../sls/jinja/ast.ts';
import { shownAs, startOf } from './abstract.ts';
import { assume, decide, equalityOf, type Facts, NO_FACTS } from './conditions.ts';
import { type EventShape, shapeOfGlob } from './event-shapes.ts';
import { overlap } from './glob-overlap.ts';

export interface DeadBranch {
  readonly line: number;
  readonly col: number;
  readonly why: string;
  readonly hint?: string | undefined;
}

/** `globs`: of the entries that name the file. */
export function deadBranches(statements: readonly Stmt[], globs: readonly string[]): readonly DeadBranch[] {
  const search = new Search(globs);
  search.body(statements, NO_FACTS);
  return search.found;
}

class Search {
  readonly found: DeadBranch[] = [];
  readonly #globs: readonly string[];
  readonly #shapes: readonly EventShape[] | null;

  constructor(globs: readonly string[]) {
    this.#globs = globs;
    const shapes = globs.map(shapeOfGlob);
    this.#shapes = shapes.every((shape) => shape !== undefined) && shapes.length > 0 ? shapes : null;
  }

  body(statements: readonly Stmt[], facts: Facts): void {
    let known = facts;
    for (const statement of statements) {
      if (statement.k === 'set' || statement.k === 'setblock' || statement.k === 'do' || statement.k === 'load') known = NO_FACTS;
      else if (statement.k === 'if') this.#if(statement, known);
      else if (statement.k === 'for') {
        // A round may change what was settled.
        this.body(statement.body, NO_FACTS);
        this.body(statement.else, known);
      } else if ('body' in statement) this.body(statement.body, statement.k === 'macro' ? NO_FACTS : known);
    }
  }

  #if({ branches, else: other }: Extract<Stmt, { k: 'if' }>, facts: Facts): void {
    let known = facts;
    let settled = false;
    for (const { test, body } of branches) {
      const dead = settled ? { why: 'an earlier condition of this if always holds' } : this.#never(test, known);
      if (dead && body.length > 0) {
        const { line, col } = startOf(test);
        this.found.push({ line, col, ...dead });
      }
      if (decide(test, known) === true) settled = true;
      this.body(body, assume(known, test, true));
      known = assume(known, test, false);
    }
    const [first] = other;
    if (settled && first && other.some((one) => one.k !== 'data' || one.text.trim() !== ''))
      this.found.push({ line: first.line, col: first.col, why: 'the else of a condition that always holds' });
    this.body(other, known);
  }

  #never(test: Expr, facts: Facts): { why: string; hint?: string | undefined } | null {
    if (decide(test, facts) === false) {
      return test.k === 'const'
        ? { why: 'the condition is a constant' }
        : { why: `'${shownAs(test)}' was settled otherwise before` };
    }
    if (test.k === 'and') return this.#never(test.left, facts) ?? this.#never(test.right, facts);
    return this.#neverOfTag(test) ?? this.#neverOfField(test);
  }

  /** A tag that no entry of this file lets through. */
  #neverOfTag(test: Expr): { why: string } | null {
    const glob = tagGlobOf(test);
    if (glob === null || this.#globs.length === 0 || this.#globs.some((one) => overlap(one, glob))) return null;
    return { why: `no tag of ${this.#globs.map((one) => `'${one}'`).join(', ')} fits '${shownAs(test)}'` };
  }

  /** `data.act == 'pending'`: Salt says `pend`. */
  #neverOfField(test: Expr): { why: string; hint?: string | undefined } | null {
    const same = equalityOf(test);
    const name = same && /^data\.(\w+)$/.exec(same.left)?.[1];
    if (!same || !name || same.denied || !this.#shapes) return null;
    const allowed = [...new Set(this.#shapes.flatMap(({ values }) => values?.[name] ?? ['*']))];
    if (allowed.includes('*') || allowed.some((one) => one === same.value)) return null;
    const shown = allowed.map((one) => (typeof one === 'string' ? `'${one}'` : one ? 'True' : 'False'));
    return { why: `${same.left} is never ${JSON.stringify(String(same.value))}: it is ${shown.join(', ')}` };
  }
}

/** `tag == 'a'`, `tag.startswith('a')`, `'a' in tag` as a glob; null for another condition. */
function tagGlobOf(test: Expr): string | null {
  const quoted = (text: unknown) => (typeof text === 'string' ? text.replace(/[*?[]/g, '[$&]') : null);
  const same = equalityOf(test);
  if (same) return same.left === 'tag' && !same.denied ? quoted(same.value) : null;
  if (test.k === 'call' && test.of.k === 'attr' && shownAs(test.of.of) === 'tag') {
    const [arg] = test.args.positional;
    const text = arg?.k === 'const' ? quoted(arg.value) : null;
    if (text === null || test.args.positional.length !== 1) return null;
    if (test.of.name === 'startswith') return `${text}*`;
    return test.of.name === 'endswith' ? `*${text}` : null;
  }
  if (test.k !== 'compare' || test.rest.length !== 1 || test.first.k !== 'const') return null;
  const [{ op, right }] = test.rest as [(typeof test.rest)[number]];
  const text = op === 'in' && shownAs(right) === 'tag' ? quoted(test.first.value) : null;
  return text === null ? null : `*${text}*`;
}

/** Does a literal tag lie in a glob? For callers that ask about one. */
export function letsIn(globs: readonly string[], tag: string): boolean {
  return globs.some((glob) => matchGlob(tag, glob));
}
