/** How many bytes a base64 text stands for. */
export const base64Length = (text: string): number => Buffer.byteLength(text.replace(/\s/g, ''), 'base64');
