"""Derive the documents' font from Sarabun. Runs when the package is built.

HarfBuzz always splits SARA AM into NIKHAHIT and SARA AA and moves the tone
mark between them. WeasyPrint 70 maps each glyph to the first text it stood
for, so the text of the PDF comes out wrong (จำนวนเงิน as จ้ำนวนเงิน): search,
copying and screen readers fail, and so does PDF/A-3a. One more ligature per
form of SARA AM makes each glyph stand for one text again, in every viewer.

Sarabun is under the SIL Open Font License 1.1, without reserved font name.
"""

import hashlib
import shutil
from pathlib import Path
from typing import Any

import fontpkg
from fontTools.otlLib.builder import buildLigatureSubstSubtable
from fontTools.ttLib import TTFont
from fontTools.ttLib.tables import otTables
from fontTools.ttLib.tables._g_l_y_f import ROUND_XY_TO_GRID, Glyph, GlyphComponent

SARA_AA = "uni0E32"
TONES = ("", "0E48", "0E49", "0E4A", "0E4B")
WIDTHS = ("", ".narrow")
BASE_GLYPH = 1  # of the classes in GDEF
FAMILY_NAMES = (1, 3, 4, 6, 16)  # of the records in the name table
HINTING = ("DSIG", "fpgm", "prep", "cvt ", "hdmx", "VDMX", "LTSH")
SOURCES = {
    "Regular": (400, "normal", "226d4f368fbc0457990ddef2692679badfd2c1a4e89e5ac4d43c10ba7743b2f1"),
    "Bold": (700, "normal", "d38308ca27d067b9a1b79006337c1f9a66c29aa016d96a9d88d3801da7fa83b9"),
    "Italic": (400, "italic", "595a968e97a8b8179a6bde2d74d4f91b11475dcfb6cf270037d76d8ed71160ea"),
}


def build(target_folder: Path) -> None:
    """Write the three fonts and their licence; refuse a source we have not tried."""
    target_folder.mkdir(parents=True, exist_ok=True)
    for name, (weight, style, sha256) in SOURCES.items():
        source = fontpkg.path("Sarabun", weight=weight, style=style)
        if hashlib.sha256(source.read_bytes()).hexdigest() != sha256:
            raise ValueError(f"Sarabun {name} is not the file that was tested")
        derive(source, target_folder / f"SarabunDoc-{name}.ttf")
    # The licence asks to go wherever the font goes.
    shutil.copyfile(source.parents[1] / "LICENSE", target_folder / "OFL.txt")


def derive(source_ttf: Path, target_ttf: Path) -> None:
    """Write the font with its SARA AM whole; the same source gives the same bytes."""
    font = TTFont(source_ttf, recalcTimestamp=False)
    ligatures = {}
    for tone in TONES:
        for width in WIDTHS:
            mark = f"uni0E4D{tone}{width}"
            ligatures[mark, SARA_AA] = _whole_sara_am(font, mark, tone, width)
    _add_ligatures(font["GSUB"].table, ligatures)
    _rename(font)
    _drop_hinting(font)
    font.save(target_ttf)


def _whole_sara_am(font: Any, mark: str, tone: str, width: str) -> str:
    """Return the glyph of one form of SARA AM, added when the font has none."""
    name = f"uni{tone}0E33{width}"
    outlines, advances = font["glyf"], font["hmtx"]
    if name not in outlines.keys():  # noqa: SIM118 - the table is no mapping
        font.setGlyphOrder([*font.getGlyphOrder(), name])
        outlines[name] = _composite(mark, SARA_AA)
        outlines[name].recalcBounds(outlines)
        advances[name] = (advances[SARA_AA][0], outlines[name].xMin)
        font["GDEF"].table.GlyphClassDef.classDefs[name] = BASE_GLYPH
    return name


def _composite(*names: str) -> Any:
    glyph = Glyph()
    glyph.numberOfContours = -1
    glyph.components = []
    for name in names:
        part = GlyphComponent()
        part.glyphName, part.x, part.y, part.flags = name, 0, 0, ROUND_XY_TO_GRID
        glyph.components.append(part)
    return glyph


def _add_ligatures(table: Any, ligatures: dict[tuple[str, str], str]) -> None:
    """Append a ligature lookup to the composition feature of the Thai script."""
    lookup = otTables.Lookup()
    lookup.LookupType, lookup.LookupFlag = 4, 0
    lookup.SubTable, lookup.SubTableCount = [buildLigatureSubstSubtable(ligatures)], 1
    table.LookupList.Lookup.append(lookup)
    table.LookupList.LookupCount = len(table.LookupList.Lookup)
    thai = next(r.Script for r in table.ScriptList.ScriptRecord if r.ScriptTag == "thai")
    for index in thai.DefaultLangSys.FeatureIndex:
        record = table.FeatureList.FeatureRecord[index]
        if record.FeatureTag == "ccmp":
            record.Feature.LookupListIndex.append(table.LookupList.LookupCount - 1)
            record.Feature.LookupCount += 1


def _rename(font: Any) -> None:
    for record in font["name"].names:
        if record.nameID in FAMILY_NAMES:
            record.string = record.toUnicode().replace("Sarabun", "SarabunDoc")


def _drop_hinting(font: Any) -> None:
    """Leave out what a PDF does not use."""
    for tag in HINTING:
        if tag in font:
            del font[tag]
    outlines = font["glyf"]
    for name in outlines.keys():  # noqa: SIM118 - the table is no mapping
        outlines[name].removeHinting()
