/** RE2 in JavaScript. See `pattern.ts`. */
export { RE2JS } from 're2js';
