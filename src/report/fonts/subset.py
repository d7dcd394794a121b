"""Subset of Inter for the report: python subset.py /usr/share/fonts/opentype/inter OUT"""
import sys
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

RANGES = "20-7E A0-17F 2010-2015 2018-201E 2020-2022 2026 2030 2032-2033 2039-203A 20A0-20BF 2122 2190-2193 2212 2248 2260 2264-2265 2713 FFFD"
FAMILY = "Gravimeter Sans"

def codepoints():
    for part in RANGES.split():
        first, _, last = part.partition("-")
        yield from range(int(first, 16), int(last or first, 16) + 1)

source, out = sys.argv[1:]
for style, weight in (("Regular", "Regular"), ("Bold", "SemiBold")):
    font = TTFont(f"{source}/Inter-{weight}.otf", recalcTimestamp=False)
    options = Options()
    options.layout_features = ["kern", "tnum", "ccmp"]
    options.hinting = False
    options.desubroutinize = False
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]
    options.notdef_outline = True
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=codepoints())
    subsetter.subset(font)
    # plotters divides a text size by 1.24 to get the em in SVG and by the font's height in bitmaps: make them equal.
    em = font["head"].unitsPerEm
    top, bottom = round(0.97 * em), -round(0.27 * em)
    font["hhea"].ascent, font["hhea"].descent, font["hhea"].lineGap = top, bottom, 0
    os2 = font["OS/2"]
    os2.sTypoAscender, os2.sTypoDescender, os2.sTypoLineGap = top, bottom, 0
    os2.usWinAscent, os2.usWinDescent = top, -bottom
    for record in font["name"].names:
        if record.nameID in (1, 16):
            record.string = FAMILY
        elif record.nameID in (2, 17):
            record.string = style
        elif record.nameID in (3, 4):
            record.string = f"{FAMILY} {style}"
        elif record.nameID == 6:
            record.string = f"GravimeterSans-{style}"
    if "CFF " in font:
        cff = font["CFF "].cff
        cff.fontNames[0] = f"GravimeterSans-{style}"
        top_dict = cff.topDictIndex[0]
        top_dict.FamilyName, top_dict.FullName = FAMILY, f"{FAMILY} {style}"
    font.save(f"{out}/gravimeter-sans-{style.lower()}.otf")
