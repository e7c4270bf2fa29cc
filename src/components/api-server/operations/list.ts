import type { Status } from '../../../api/generated/meta-v1.ts';
import { keyText, type ObjectKey } from '../../../api/object.ts';
import { ApiError, isExpired } from '../../../api/status.ts';
import { renderAll } from '../rendering.ts';
import type { ListPage, ListRange, Stored } from '../store/contract.ts';
import { collectionOf, type Machinery, type Target } from './context.ts';
import { type ContinueToken, encodeContinueToken } from './continue-token.ts';
import type { ListQuery } from './list-options.ts';
import { compileSelection, onlyKey, type Selection, selectItems } from './selection.ts';

/** A list answer before it takes any wire form. */
export interface ListResult {
  readonly revision: number;
  readonly items: readonly Stored[];
  /** Whether every item is known to be shown just as it is stored: then its stored bytes may be sent. */
  readonly areStored: boolean;
  readonly continueToken?: string;
  /** Absent when a selector makes it unknown. */
  readonly remainingItemCount?: number;
}

const freshnessTimeoutMs = 3_000;

/**
 * Lists a collection as the query asks: newest, at least as new as, or exactly at a revision; whole or in chunks. Throws ApiError: 400 for selectors, 410 for a
 * revision that is forgotten (with a token to go on with, when one was given), 504 for one that was not reached in time.
 */
export async function list(machinery: Machinery, target: Target, query: ListQuery): Promise<ListResult> {
  const selection = compileSelection(target.served, query);
  const token = query.continueToken;
  const at = await revisionToRead(machinery, query, token);
  try {
    const result = await readPage(machinery, target, { query, selection, token, at });
    if (target.served.areStoredForms(result.items)) return { ...result, areStored: true };
    return { ...result, items: await renderAll(target.served, result.items), areStored: false };
  } catch (error) {
    if (token && isExpired(error)) throw new ExpiredContinueToken(encodeContinueToken({ revision: -1, after: token.after }));
    throw error;
  }
}

/** Waits until the revision asked for has been reached. Answers the revision to read at, or undefined for the newest. */
async function revisionToRead(machinery: Machinery, query: ListQuery, token: ContinueToken | undefined): Promise<number | undefined> {
  if (token) return token.revision < 0 ? undefined : token.revision;
  const wanted = query.resourceVersion ?? 0;
  if (wanted === 0) return undefined;
  if (wanted > machinery.store.revision) await machinery.store.waitFor(wanted, freshnessTimeoutMs);
  // A limit with a revision but without a match has always meant that very revision.
  const isExact = query.resourceVersionMatch === 'Exact' || (query.resourceVersionMatch === undefined && query.limit > 0);
  return isExact ? wanted : undefined;
}

type Page = Omit<ListResult, 'areStored'>;

interface PageRequest {
  readonly query: ListQuery;
  readonly selection: Selection;
  readonly token: ContinueToken | undefined;
  readonly at: number | undefined;
}

async function readPage(machinery: Machinery, target: Target, { query, selection, token, at }: PageRequest): Promise<Page> {
  const collection = collectionOf(machinery, target.served);
  const namespace = target.namespace === '' ? selection.namespace : target.namespace;
  const key = onlyKey(target.served, selection, namespace);
  if (key && at === undefined && !token) return readOne(machinery, target, selection, key);
  const range: ListRange = {
    ...(target.served.namespaced && namespace !== undefined ? { namespace } : {}),
    ...(token ? { after: token.after } : {}),
    ...(query.limit > 0 && selection.matchesAll ? { limit: query.limit } : {}),
  };
  const page = at === undefined ? collection.list(range) : collection.listAt(at, range);
  if (selection.matchesAll) return chunk(page, page.items, page.remaining);
  const { items, hasMore } = await selectItems(await renderAll(target.served, page.items), selection, query.limit);
  return chunk(page, items, hasMore ? undefined : 0);
}

function chunk(page: ListPage, items: readonly Stored[], remaining: number | undefined): Page {
  const last = items.at(-1);
  if (remaining === 0 || !last) return { revision: page.revision, items };
  return {
    revision: page.revision,
    items,
    continueToken: encodeContinueToken({ revision: page.revision, after: keyText(last.key) }),
    ...(remaining === undefined ? {} : { remainingItemCount: remaining }),
  };
}

/** `metadata.name` in the field selector makes a list a look-up. */
async function readOne(machinery: Machinery, target: Target, selection: Selection, key: ObjectKey): Promise<Page> {
  const stored = collectionOf(machinery, target.served).get(key);
  const { revision } = machinery.store;
  const found = stored ? await renderAll(target.served, [stored]) : [];
  return { revision, items: found.filter((state) => selection.matches(state)) };
}

/** 410 with the token to go on with, inconsistently, in the list metadata: what chunking clients expect. */
export class ExpiredContinueToken extends ApiError {
  readonly continueToken: string;

  constructor(continueToken: string) {
    super(
      410,
      'Expired',
      'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.',
    );
    this.continueToken = continueToken;
  }

  override toStatus(): Status {
    return { ...super.toStatus(), metadata: { continue: this.continueToken } };
  }
}
