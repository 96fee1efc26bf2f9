/** Technical settings of the app. What the law or the bureau sets comes from the server. */
export const API = "/field/api/";
export const SIGN_IN = "/accounts/login/?next=/field/";
export const ZONE = "Asia/Shanghai";
export const CLOCK_LIMIT_MS = 120_000;
export const PIECE_BYTES = 1024 * 1024;
export const RECORDS_A_REQUEST = 50;
export const POSITIONS_A_RECORD = 60;
export const POSITION_EVERY_MS = 10_000;
export const POSITION_FLUSH_MS = 60_000;
/** A position so old goes along with an act, with its own time; a newer one is waited for only so long. */
export const POSITION_FRESH_MS = 60_000;
export const POSITION_PATIENCE_MS = 3_000;
export const REFRESH_EVERY_MS = 120_000;
/** Free space below which no photo is taken any more, and below which a warning is shown. */
export const STORAGE_REFUSE_BYTES = 40 * 1024 * 1024;
export const STORAGE_WARN_BYTES = 200 * 1024 * 1024;
/** How long what has been sent stays readable on the device. */
export const KEEP_SENT_MS = 3 * 24 * 3600 * 1000;
/** Numbers left of an authority below which another block is leased. */
export const BLOCK_REFILL = 5;
export const PREVIEW_PX = 320;
