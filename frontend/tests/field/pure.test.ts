import { describe, expect, it } from "vitest";
import { backoff } from "../../src/field/pure/backoff";
import { base64url, sha256 } from "../../src/field/pure/bytes";
import { clockWrong, dayIn, localIso, offsetOf, wasSet } from "../../src/field/pure/clock";
import { metres, nearestNext, type Point } from "../../src/field/pure/near";
import { handedOver, inApp, parseTag } from "../../src/field/pure/tags";
import { uuid7 } from "../../src/field/pure/uuid7";

describe("an id", () => {
  it("is a UUID of version 7 that holds its millisecond", () => {
    const id = uuid7(1_645_557_742_000, new Uint8Array(10).fill(0xff));
    expect(id).toBe("017f22e2-79b0-7fff-bfff-ffffffffffff");
  });
  it("sorts by time", () => expect(uuid7(1_600_000_000_000) < uuid7(1_600_000_000_001)).toBe(true));
});

describe("the clock", () => {
  it("is measured at half the round trip", () => {
    const server = new Date(1_000_000).toISOString();
    expect(offsetOf(1_180_000, 1_181_000, server)).toBe(180_500);
    expect(offsetOf(1, 2, "nonsense")).toBeNull();
  });
  it("is wrong beyond the limit, ahead or behind", () => {
    expect([120_000, 120_001, -120_001].map((offset) => clockWrong(offset, 120_000))).toEqual([false, true, true]);
    expect(clockWrong(null, 120_000)).toBe(false);
  });
  it("writes the device's zone", () => expect(localIso(new Date("2020-11-30T00:32:10.123Z"))).toMatch(/^2020-\d\d-\d\dT\d\d:\d\d:10\.123[+-]\d\d:\d\d$/));
  it("counts days where the bureau is", () => expect(dayIn("Asia/Shanghai", new Date("2020-11-30T17:00:00Z"))).toBe("2020-12-01"));
});

describe("the way to go", () => {
  const stop = (name: string, position: Point | null, light = "green", due: string | null = null) => ({ name, position, light, due });
  it("leads from the nearest to the next", () => {
    const stops = [stop("far", [121.44, 31.24]), stop("near", [121.42, 31.24]), stop("mid", [121.43, 31.24])];
    expect(nearestNext(stops, [121.41, 31.24]).map((one) => one.name)).toEqual(["near", "mid", "far"]);
  });
  it("starts with what is overdue and ends with what has no position", () => {
    const stops = [stop("nowhere", null), stop("near", [121.42, 31.24]), stop("late", [121.5, 31.3], "red")];
    expect(nearestNext(stops, [121.41, 31.24]).map((one) => one.name)).toEqual(["late", "near", "nowhere"]);
  });
  it("follows the days where the own position is not known", () => {
    const stops = [stop("b", null, "green", "2020-12-02"), stop("a", null, "green", "2020-12-01"), stop("c", null)];
    expect(nearestNext(stops, null).map((one) => one.name)).toEqual(["a", "b", "c"]);
  });
  it("measures metres", () => expect(metres([121.43, 31.24], [121.44, 31.24])).toBeCloseTo(950.7, 0));
});

describe("a tag", () => {
  const dynamic = "https://x.example/t/P0012?picc_data=EF963FF7828658A599F3041510671E88&cmac=94EED9EE65337086";
  it("that proves itself hands over what it says", () => {
    expect(parseTag(dynamic, "nfc")).toEqual({ way: "nfc_dynamic", code: "P0012", picc_data: "EF963FF7828658A599F3041510671E88", cmac: "94EED9EE65337086" });
  });
  it("of the plain mirror form gives identity and counter", () => {
    expect(parseTag("/t/P1?uid=04DE5F1EACC040&ctr=00003D&cmac=94EED9EE65337086", "link")).toMatchObject({ way: "nfc_dynamic", uid: "04DE5F1EACC040", ctr: "00003D" });
  });
  it("of the short form keeps its names, which its proof covers", () => {
    expect(parseTag("/t/P1?e=EF963FF7828658A599F3041510671E88AABB&c=94EED9EE65337086", "qr")).toEqual({
      way: "nfc_dynamic", code: "P1", e: "EF963FF7828658A599F3041510671E88AABB", c: "94EED9EE65337086",
    });
  });
  it("with half a proof is not taken for a plain one", () => expect(parseTag("/t/P1?picc_data=00", "nfc")?.way).toBe("nfc_dynamic"));
  it("without proof is plain when touched and a code when seen", () => {
    expect(parseTag("https://x.example/t/P0012", "nfc")?.way).toBe("nfc_plain");
    expect(parseTag("https://x.example/t/P0012", "qr")?.way).toBe("qr");
    expect(parseTag("P0012", "qr")).toEqual({ way: "qr", code: "P0012" });
  });
  it("typed in is a way of its own, unless the tag's proof was pasted", () => {
    expect(parseTag("P0012", "typed")).toEqual({ way: "typed", code: "P0012" });
    expect(parseTag("https://x.example/t/P0012?w=n", "typed")).toEqual({ way: "typed", code: "P0012" });
    expect(parseTag(dynamic, "typed")?.way).toBe("nfc_dynamic");
  });
  it("of somebody else is none", () => {
    expect(parseTag("https://x.example/pay?a=1", "qr")).toBeNull();
    expect(parseTag("not a tag at all", "qr")).toBeNull();
  });
  it("opened outside is handed over by the address", () => {
    expect(handedOver(new URLSearchParams("code=P1&picc_data=AB&cmac=CD"))).toEqual({ way: "nfc_dynamic", code: "P1", picc_data: "AB", cmac: "CD" });
    expect(handedOver(new URLSearchParams("code=<script>"))).toBeNull();
  });
});

describe("waiting before the next try", () => {
  it("doubles up to a limit and varies", () => {
    expect([0, 1, 2, 30].map((tries) => backoff(tries, 1))).toEqual([1_000, 2_000, 4_000, 120_000]);
    expect(backoff(2, 0)).toBe(2_000);
  });
});

describe("encodings", () => {
  it("hash bytes and write base64url", async () => {
    expect(await sha256("abc")).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    expect(base64url(new Uint8Array([251, 255, 254]).buffer)).toBe("-__-");
  });
});

describe("the address of a tag without a network", () => {
  it("leads into the app with all that the tag said", () => {
    const there = inApp("https://cg.example/t/ab-1?picc_data=00&cmac=11");
    expect(there).toBe("https://cg.example/field/#/checkin?code=AB-1&picc_data=00&cmac=11");
    const query = new URLSearchParams(there!.split("?")[1]);
    expect(handedOver(query)).toEqual({ way: "nfc_dynamic", code: "AB-1", picc_data: "00", cmac: "11" });
  });

  it("is the only one that does", () => {
    for (const path of ["/", "/desk/", "/t/", "/t/a/b", "/tags/1"]) expect(inApp(`https://cg.example${path}`)).toBeNull();
  });
});

describe("the clock on the wall", () => {
  const before = { wall: 1_000_000, steady: 5_000 };

  it("was set where it and the steady clock have drifted apart", () => {
    expect(wasSet(before, { wall: 1_060_000, steady: 65_000 }, false)).toBe(false);
    expect(wasSet(before, { wall: 1_660_000, steady: 65_000 }, false)).toBe(true);
    expect(wasSet(before, { wall: 460_000, steady: 65_000 }, false)).toBe(true);
  });

  it("may run on alone while the phone sleeps, but never goes back", () => {
    expect(wasSet(before, { wall: 4_600_000, steady: 65_000 }, true)).toBe(false);
    expect(wasSet(before, { wall: 460_000, steady: 65_000 }, true)).toBe(true);
  });
});
