/** Orders rows of a table by their first cell, capitals before small letters as Go does. */
export const byFirstCell = ([left = '']: readonly string[], [right = '']: readonly string[]): number => (left < right ? -1 : left > right ? 1 : 0);
