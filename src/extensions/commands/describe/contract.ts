import type { KubernetesObject } from '../../../api/object.ts';
import type { ResourceType } from '../../../api/resource-type.ts';
import type { HttpsClient } from '../../../client/https-client.ts';
import type { Page } from './page/page.ts';

/** What describing works with. */
export interface DescribeContext {
  readonly client: HttpsClient;
  /** For ages. Milliseconds since the epoch. */
  readonly now: number;
  readonly showsEvents: boolean;
  /** Ask for so many objects at a time; 0: all at once. */
  readonly chunkSize: number;
}

/** The description of one kind: what is asked of the server besides the object, and the sections of the page in order. Events come last. */
export interface KindDescriber<T extends KubernetesObject, Facts extends object = object> {
  /** Where objects are read: the first version that has one counts. */
  readonly resources: readonly ResourceType[];
  /** More to know. A throw fails the description. */
  readonly find?: (object: T, context: DescribeContext) => Promise<Facts>;
  readonly sections: readonly Section<T, Facts>[];
  /** How events about an object are found; `none`: they are not shown. Default: by kind, name, namespace and UID. */
  readonly events?: 'none' | ((object: T, context: DescribeContext) => Promise<readonly ObservedEvent[]>);
}

export type Section<T, Facts extends object = object> = (page: Page, object: T, facts: Facts & Moment) => void;

export interface Moment {
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** An event, as far as it is shown. */
export interface ObservedEvent {
  readonly type?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly count?: number;
  readonly firstTimestamp?: string;
  readonly lastTimestamp?: string;
  readonly eventTime?: string;
  readonly series?: { readonly count?: number; readonly lastObservedTime?: string };
  readonly source?: { readonly component?: string };
  readonly reportingComponent?: string;
  readonly involvedObject?: { readonly fieldPath?: string };
}

/** Helps inference: sections know the object and the facts. */
// biome-ignore lint/suspicious/noExplicitAny: describers of all kinds stand in one table
export const defineDescriber = <T extends KubernetesObject, Facts extends object = object>(describer: KindDescriber<T, Facts>): KindDescriber<any, any> =>
  describer;
