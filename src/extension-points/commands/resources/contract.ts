import type { UntypedObject } from '../../../api/object.ts';
import type { ServedResource } from '../discovery/contract.ts';
import type { FileSources } from './file-sources.ts';

/** One thing that a command line means: an object on the server, in a file, or both; or a page of a list or table. */
export interface ResourceInfo {
  readonly resource: ServedResource;
  /** Absent for what has no namespace, and in lists over all of them. */
  namespace: string | undefined;
  /** `''` for lists and for objects that get a generated name. */
  name: string;
  /** Where it was read: a path, a URL, `STDIN`; `''`: from the server. */
  readonly source: string;
  /** As it was in the file or came from the server. */
  object: UntypedObject | undefined;
}

/** What a command line says about resources, to be found on a server and in files. Names follow the flags. */
export interface ResourceQuery {
  /** `TYPE[,TYPE…] [NAME…]` or `TYPE/NAME…`. */
  readonly args?: readonly string[];
  readonly files?: FileSources;
  /** The namespace of what names none itself. */
  readonly namespace: string;
  /** Refuse objects of files that name another namespace than `namespace` (`--namespace` was given). */
  readonly requiresNamespace?: boolean;
  readonly allNamespaces?: boolean;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** All objects of the types (`--all`). */
  readonly selectsAll?: boolean;
  /** Whether a type alone means all its objects, as in `get pods`. */
  readonly typeAloneMeansAll?: boolean;
  readonly subresource?: string;
  /** Ask for so many objects at a time; 0: all at once. */
  readonly chunkSize?: number;
  /** Get objects of files from the server. */
  readonly latest?: boolean;
  /** Lists become their items. */
  readonly flattens?: boolean;
  /** Refuse documents of files that do not say what they are, in the words of `--validate`. */
  readonly validates?: boolean;
  /** Go on after an error and throw all at the end. */
  readonly continuesOnError?: boolean;
  readonly singleType?: boolean;
  /** Do not get objects that arguments name: the command needs their names only. */
  readonly withoutObjects?: boolean;
  /** Do not ask the server anything: objects of files only. */
  readonly isLocal?: boolean;
  /** The forms that answers may have: tables. Default: JSON. */
  readonly accept?: string;
  /** More query parameters of reads. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** Errors that do not count. */
  readonly ignores?: (error: unknown) => boolean;
}

/** One step of going through a query: something found, or why not. */
export type Found = { readonly info: ResourceInfo } | Problem;

interface Problem {
  readonly error: unknown;
  /** What stands in a file cannot be read, or is of no type that is known: kubectl tells of that behind all else. */
  readonly isUnreadable?: boolean;
}

/** What became of one; an error alone is one of finding it. */
export type Outcome<Result> = { readonly info: ResourceInfo; readonly result: Result } | ({ readonly info?: ResourceInfo } & Problem);

/** `creation`: what others need is there before them. `deletion`: the same, but pods and what they read go together. `any`: all at once. */
export type WorkOrder = 'creation' | 'deletion' | 'any';

/** Work on many objects. */
export interface TogetherWork<Result> {
  work(info: ResourceInfo): Promise<Result>;
  readonly order: WorkOrder;
  /** Ends the work when it aborts; asked with how many there are, as far as is known. */
  signalOf?(total: number): AbortSignal | undefined;
  /** Told in order, several together; errors that do not count are left out. */
  tell(outcomes: readonly Outcome<Result>[], counts: WorkCounts): void;
}

/** How far work on many objects has come. */
export interface WorkCounts {
  readonly done: number;
  /** Of what was read by now. */
  readonly total: number;
  /** Whether that is all. */
  readonly isAll: boolean;
}

/** What a query found. It can be gone through once. */
export interface ResourceSelection {
  /** The line names a single object, so that it should not be shown as a list. */
  readonly isSingleItem: boolean;
  /** What is meant was named one by one (arguments, files) rather than by a type or selector. */
  readonly targetsSingleItems: boolean;
  /**
   * Calls back for each, in order. An error (one that the callback throws, too) ends it, unless the query continues on errors: then all are thrown at the end,
   * several as `ManyErrors`.
   */
  visit(each: (info: ResourceInfo) => Promise<void> | void): Promise<void>;
  /**
   * Does work for each, several at once where their order does not matter, and tells of each in its turn. Goes on after errors and throws all at the end. When the signal aborts
   * nothing more is begun, and its reason is thrown when what was begun is done and told.
   */
  visitTogether<Result>(work: TogetherWork<Result>): Promise<void>;
  /** Everything found and every error. */
  all(): Promise<{ readonly infos: readonly ResourceInfo[]; readonly errors: readonly unknown[] }>;
}
