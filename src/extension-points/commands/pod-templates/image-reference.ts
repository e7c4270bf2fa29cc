const component = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])';
const host = `(?:${component}(?:\\.${component})*|\\[(?:[a-fA-F0-9:]+)\\])(?::[0-9]+)?`;
const pathPart = '[a-z0-9]+(?:(?:[._]|__|[-]+)[a-z0-9]+)*';
const tag = '[\\w][\\w.-]{0,127}';
const digest = '[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*[:][0-9a-fA-F]{32,}';
const reference = new RegExp(`^(?:${host}/)?${pathPart}(?:/${pathPart})*(?::${tag})?(?:@${digest})?$`);

/** Whether a text may name an image: `[HOST[:PORT]/]PATH[:TAG][@DIGEST]`. */
export const isImageReference = (text: string): boolean => reference.test(text);
