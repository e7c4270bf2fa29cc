/** Several errors of one command, each printed on a line of its own. */
export class ManyErrors extends Error {
  readonly errors: readonly unknown[];
  constructor(errors: readonly unknown[]) {
    super(aggregateText(errors));
    this.name = 'ManyErrors';
    this.errors = errors;
  }

  /** Throws what was collected: nothing, the one, or all. */
  static throwIfAny(errors: readonly unknown[]): void {
    if (errors.length === 1) throw errors[0];
    if (errors.length > 1) throw new ManyErrors(errors);
  }
}

/** Ends a command with an exit code; `message`, when not empty, is printed as it is; `output` goes to standard output before it. */
export class ExitCode extends Error {
  readonly code: number;
  readonly output: string;
  constructor(code: number, message = '', output = '') {
    super(message);
    this.name = 'ExitCode';
    this.code = code;
    this.output = output;
  }
}

/** A bad command line; the text tells what is wrong and where to read more. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UsageError';
  }
}

/** One message alone, several in brackets, each once (Go's aggregate errors). */
function aggregateText(errors: readonly unknown[]): string {
  const texts = [...new Set(errors.map((error) => (error instanceof Error ? error.message : String(error))))];
  return texts.length === 1 ? texts[0]! : `[${texts.join(', ')}]`;
}
