import { randomUUID } from 'node:crypto';
import type { ServiceReference, WebhookClientConfig, WebhookConversion } from '../../../api/generated/apiextensions-v1.ts';
import { parseJson } from '../../../api/json.ts';
import type { UntypedObject } from '../../../api/object.ts';
import { ApiError } from '../../../api/status.ts';
import { WebhookClient } from '../../../client/webhook-client.ts';
import { acceptConverted, conversionReview, convertedObjects, type ReviewVersion, reviewVersionOf } from './conversion-review.ts';

/** Finds an endpoint of a service. Throws an Error in upstream's words when there is none. */
export type ResolveService = (service: { readonly namespace: string; readonly name: string; readonly port: number }) => {
  readonly host: string;
  readonly port: number;
};

const timeoutMs = 30_000;
/** Objects and bytes of one request: a list of many is converted in several. */
const maximumObjects = 500;
const maximumBytes = 16 * 1024 * 1024;
/** Requests under way at once; more wait. */
const maximumRequests = 8;

interface Waiting {
  readonly object: UntypedObject;
  readonly json: string;
  readonly resolve: (converted: UntypedObject) => void;
  readonly reject: (error: ApiError) => void;
}

/** Converts objects by asking a webhook. What is asked for in the same turn goes in one request, so that a list takes one and not one per item. */
export class WebhookConverter implements Disposable {
  readonly #client: WebhookClient;
  readonly #service: ServiceReference | undefined;
  readonly #version: ReviewVersion;
  readonly #resolveService: ResolveService;
  readonly #waiting = new Map<string, Waiting[]>();
  readonly #batches: { readonly apiVersion: string; readonly batch: readonly Waiting[] }[] = [];
  #isPlanned = false;
  #running = 0;

  /** Throws for a webhook that cannot be asked; validation refuses such definitions. */
  constructor({ clientConfig = {}, conversionReviewVersions }: WebhookConversion, resolveService: ResolveService) {
    const version = reviewVersionOf(conversionReviewVersions);
    if (!version) throw new Error(`none of the conversion review versions is known: ${conversionReviewVersions.join(', ')}`);
    this.#version = version;
    this.#service = clientConfig.service;
    this.#resolveService = resolveService;
    this.#client = new WebhookClient({
      url: urlOf(clientConfig),
      ...(clientConfig.caBundle ? { ca: Buffer.from(clientConfig.caBundle, 'base64').toString() } : {}),
    });
  }

  /** The object in another version; the given one must not change meanwhile. Rejects with ApiError 500 in upstream's words. */
  convert(object: UntypedObject, apiVersion: string): Promise<UntypedObject> {
    return new Promise((resolve, reject) => {
      const waiting = this.#waiting.get(apiVersion) ?? [];
      waiting.push({ object, json: JSON.stringify(object), resolve, reject });
      this.#waiting.set(apiVersion, waiting);
      if (this.#isPlanned) return;
      this.#isPlanned = true;
      setImmediate(() => this.#flush());
    });
  }

  [Symbol.dispose](): void {
    this.#client[Symbol.dispose]();
  }

  #flush(): void {
    this.#isPlanned = false;
    for (const [apiVersion, waiting] of this.#waiting) for (const batch of inBatches(waiting)) this.#batches.push({ apiVersion, batch });
    this.#waiting.clear();
    this.#next();
  }

  #next(): void {
    while (this.#running < maximumRequests) {
      const next = this.#batches.shift();
      if (!next) return;
      this.#running++;
      void this.#ask(next.apiVersion, next.batch).finally(() => {
        this.#running--;
        this.#next();
      });
    }
  }

  /** Settles every object of a batch; never rejects. */
  async #ask(apiVersion: string, batch: readonly Waiting[]): Promise<void> {
    const subject = subjectOf(batch[0]!.object);
    try {
      const objects = await this.#converted(apiVersion, batch);
      if (objects.length !== batch.length) throw refusal(`${subject} returned ${objects.length} objects, expected ${batch.length}`);
      for (const [index, waiting] of batch.entries()) settle(waiting, objects[index], { apiVersion, index });
    } catch (error) {
      const failure = error instanceof ApiError ? error : refusal(`${subject} failed: ${error instanceof Error ? error.message : String(error)}`, error);
      for (const { reject } of batch) reject(failure);
    }
  }

  async #converted(apiVersion: string, batch: readonly Waiting[]): Promise<readonly unknown[]> {
    const uid = randomUUID();
    // Each object has been serialised already.
    const head = JSON.stringify(conversionReview(this.#version, { uid, desiredAPIVersion: apiVersion, objects: [] })).slice(0, -']}}'.length);
    const body = Buffer.from(`${head}${batch.map(({ json }) => json).join(',')}]}}`);
    const endpoint = this.#service && this.#resolveService({ ...this.#service, port: this.#service.port ?? 443 });
    const bytes = await this.#client.post({ body, timeoutMs }, endpoint);
    return convertedObjects(parsed(bytes), { version: this.#version, uid });
  }
}

function settle({ object, resolve, reject }: Waiting, converted: unknown, { apiVersion, index }: { apiVersion: string; index: number }): void {
  const outcome = acceptConverted(object, converted, { apiVersion, kind: object.kind ?? '' });
  if (outcome.kind === 'accepted') return resolve(outcome.object);
  reject(refusal(`${subjectOf(object)} returned ${outcome.what}${outcome.isNumbered ? ` at index ${index}` : ''}: ${outcome.problem}`));
}

const subjectOf = ({ apiVersion = '', kind = '' }: UntypedObject): string => `conversion webhook for ${apiVersion}, Kind=${kind}`;
const refusal = (message: string, cause?: unknown): ApiError => new ApiError(500, '', message, { cause });

/** Upstream asks webhooks of services by their name in the cluster, and says how long it waits. */
function urlOf({ url, service }: WebhookClientConfig): string {
  const text = url ?? `https://${service?.name ?? ''}.${service?.namespace ?? ''}.svc:${service?.port ?? 443}${service?.path ?? '/'}`;
  const parsedUrl = new URL(text);
  parsedUrl.searchParams.set('timeout', `${timeoutMs / 1_000}s`);
  // URL drops the port of https: errors name it for services.
  return service && parsedUrl.port === '' ? parsedUrl.href.replace(parsedUrl.host, `${parsedUrl.host}:443`) : parsedUrl.href;
}

function parsed(bytes: Buffer): unknown {
  try {
    return parseJson(bytes).value;
  } catch (cause) {
    throw new Error(`couldn't get version/kind; json parse error: ${(cause as Error).message}`, { cause });
  }
}

function* inBatches(waiting: readonly Waiting[]): Iterable<readonly Waiting[]> {
  let batch: Waiting[] = [];
  let bytes = 0;
  for (const one of waiting) {
    if (batch.length === maximumObjects || (batch.length > 0 && bytes + one.json.length > maximumBytes)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(one);
    bytes += one.json.length;
  }
  if (batch.length > 0) yield batch;
}
