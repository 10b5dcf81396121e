export type Json = string | number | boolean | null | readonly Json[] | JsonObject;
/** An object as it goes over the wire; members that are undefined are left out. */
export interface JsonObject {
  readonly [member: string]: Json | undefined;
}

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
