import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { testCertificate } from '../../../client/testing/test-certificate.ts';
import type { Json } from './custom-resources.fixture.ts';

/** A conversion webhook in plain Node, over TLS. */
export interface ConversionWebhook extends AsyncDisposable {
  readonly port: number;
  /** The `spec.conversion` that names it. */
  readonly conversion: Json;
  /** What it was asked, in order. */
  readonly reviews: Json[];
  /** How many connections were made to it. */
  readonly connections: () => number;
  /** Makes the answer to a review; may be replaced. By default the objects get the desired version, and `spec.image` and `spec.picture` change places. */
  answer: (review: Json) => unknown;
}

/** `tls` shows another certificate than the usual one for 127.0.0.1, PEM. */
export async function startConversionWebhook(tls: { key: string; cert: string; ca: string } = usualTls): Promise<ConversionWebhook> {
  const reviews: Json[] = [];
  let connections = 0;
  const webhook = {
    answer: (review: Json): unknown =>
      success(
        review,
        review['request'].objects.map((object: Json) => renamed(object, review['request'].desiredAPIVersion)),
      ),
  };
  const server: Server = createServer({ key: tls.key, cert: tls.cert }, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const review = JSON.parse(Buffer.concat(chunks).toString()) as Json;
      reviews.push(review);
      const answer = webhook.answer(review);
      if (typeof answer === 'number') return response.writeHead(answer).end('out of order');
      return response.writeHead(200, { 'content-type': 'application/json' }).end(typeof answer === 'string' ? answer : JSON.stringify(answer));
    });
  });
  server.on('secureConnection', () => connections++);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const caBundle = Buffer.from(tls.ca).toString('base64');
  return Object.assign(webhook, {
    port,
    reviews,
    connections: () => connections,
    conversion: {
      strategy: 'Webhook',
      webhook: { conversionReviewVersions: ['v1', 'v1beta1'], clientConfig: { url: `https://127.0.0.1:${port}/convert`, caBundle } },
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

const usualTls = { key: testCertificate.key, cert: testCertificate.certificate, ca: testCertificate.certificate };

/** An answer that says all went well. */
export const success = ({ apiVersion, request }: Json, convertedObjects: readonly unknown[], more: Json = {}): Json => ({
  apiVersion,
  kind: 'ConversionReview',
  response: { uid: request.uid, result: { status: 'Success' }, convertedObjects, ...more },
});

export function renamed(object: Json, apiVersion: string): Json {
  const { image, picture, ...spec } = object['spec'];
  const text = image ?? picture;
  return { ...object, apiVersion, spec: { ...spec, ...(text === undefined ? {} : apiVersion.endsWith('/v1') ? { image: text } : { picture: text }) } };
}
