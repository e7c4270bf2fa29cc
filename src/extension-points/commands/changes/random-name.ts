import { randomInt } from 'node:crypto';

/** No vowels and no digits that look like them: no words by accident. */
const characters = 'bcdfghjklmnpqrstvwxz2456789';

/** Random text for names, as the server generates it. */
export const randomNamePart = (length: number): string => Array.from({ length }, () => characters[randomInt(characters.length)]).join('');
