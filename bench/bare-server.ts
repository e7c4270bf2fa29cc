/**
 * The floor of the API rows, in a process of its own: a bare node:https server that sends the bytes of a file for GET, and for POST parses the body and
 * commits the same bytes to the embedded store before it answers with them.
 */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { openSqliteStorage } from '../src/extensions/storage/sqlite/sqlite-storage.ts';

const [certificateFile, keyFile, caFile, bodyFile, storeFile] = process.argv.slice(2);
const body = readFileSync(bodyFile!);
const storage = storeFile ? await openSqliteStorage({ path: storeFile }) : undefined;
await storage?.load();
storage?.onChanges(() => {});
let sequence = 0;
const server = createServer(
  { cert: readFileSync(certificateFile!), key: readFileSync(keyFile!), ca: readFileSync(caFile!), requestCert: true, rejectUnauthorized: false },
  (request, response) => {
    const answer = (status: number, bytes: Buffer): void => {
      response.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': bytes.length });
      response.end(bytes);
    };
    if (request.method !== 'POST' || !storage) return answer(200, body);
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      JSON.parse(Buffer.concat(chunks).toString());
      void storage.commit([{ key: `/pods/default/bare-${sequence++}`, expectedRevision: 0, value: body }]).then(() => answer(201, body));
    });
  },
);
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.on('disconnect', () => process.exit());
