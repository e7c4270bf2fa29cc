/** One command line that wherry must answer as the stock kubectl does. An array is the arguments alone. */
export type GoldenCase = readonly string[] | DetailedCase;

export interface DetailedCase {
  readonly args: readonly string[];
  readonly stdin?: string;
  /** Command lines of the stock kubectl that prepare the cluster before each of the two runs, and clear it behind. */
  readonly before?: readonly (readonly string[])[];
  readonly after?: readonly (readonly string[])[];
  /** Command lines of the stock kubectl that show what the line left behind: their output counts as its own. */
  readonly shows?: readonly (readonly string[])[];
  /** Leave standard error out: it holds what differs from run to run. The reason. */
  readonly ignoresErrors?: string;
  /** Replaces what differs from run to run, in both outputs. */
  readonly normalize?: (text: string) => string;
  /** Why wherry answers otherwise, on purpose: then only the exit code is compared, unless `differsInCode`. */
  readonly difference?: string;
  readonly differsInCode?: boolean;
  /** Environment for both. */
  readonly environment?: Readonly<Record<string, string>>;
}
