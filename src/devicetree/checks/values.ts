/** Whether a value is one text: its only NUL ends it. */
export const isOneText = (value: Uint8Array): boolean => value.length > 0 && value.indexOf(0) === value.length - 1;

/** Whether a value is a list of texts, each ended by a NUL; an empty value is an empty list. */
export const isTextList = (value: Uint8Array): boolean => value.length === 0 || value.at(-1) === 0;
