/** Steps, characters and depth that one rendering may take. */
import { BrineError } from '../../errors.ts';
import { OperationError } from './values.ts';

const STEPS = 400_000;
const CHARACTERS = 4_000_000;

export class Budget {
  #steps = 0;
  #characters = 0;
  #depth = 0;

  step(): void {
    this.#steps += 1;
    if (this.#steps > STEPS) throw new OperationError(`more than ${STEPS} steps`, 'jinja.budget');
  }

  /** Characters of output. */
  write(count: number): void {
    this.#characters += count;
    if (this.#characters > CHARACTERS)
      throw new BrineError({ code: 'jinja.budget', text: `more than ${CHARACTERS} characters of output` });
  }

  deeper(run: () => void): void {
    this.#depth += 1;
    if (this.#depth > 60) throw new OperationError('maximum recursion depth exceeded', 'jinja.budget');
    try {
      run();
    } finally {
      this.#depth -= 1;
    }
  }
}
