"""Who tells us what: one declaration a source, from which all else about it is made.

The checker, the example files, the views that the rules compare and the pages
read these, so a source is described once. A view has the code of its layout.
"""

from excise.errors import NotFound
from excise.evidence.columns import Column, Kind, Layout

_TAX_ID = ("0105558096348", "0994000160097")
_GTIN = ("8850124003225", "96385074")
_PLACE_NO = ("2551-0001",)


def _tax_id(name: str = "tax_id", title: str = "เลขประจำตัวผู้เสียภาษี") -> Column:
    return Column(name, title, Kind.TAX_ID, _TAX_ID)


def _branch(name: str = "branch", title: str = "สาขา") -> Column:
    return Column(name, title, Kind.BRANCH, ("00000", "00001"))


def _registration() -> Column:
    return Column("registration_no", "เลขทะเบียนสรรพสามิต", Kind.CODE, _PLACE_NO)


def _code(name: str, title: str, *examples: str, required: bool = True) -> Column:
    return Column(name, title, Kind.CODE, examples, required=required)


def _document(title: str = "เลขที่เอกสาร", *examples: str) -> Column:
    return Column("document_no", title, Kind.DOCUMENT_NO, examples)


def _line() -> Column:
    return Column("line_no", "ลำดับรายการ", Kind.LINE_NO, ("1", "2"))


def _date(name: str, title: str) -> Column:
    return Column(name, title, Kind.DATE, ("2026-10-05", "6/10/2569"))


def _gtin(*, required: bool = True) -> Column:
    return Column("product_code", "รหัสสินค้า", Kind.GTIN, _GTIN, required=required)


def _quantity(name: str = "quantity", title: str = "ปริมาณ", *examples: str) -> Column:
    field = "units" if name == "quantity" else ""
    return Column(name, title, Kind.QUANTITY, examples or ("1200", "12.5"), field=field)


def _amount(name: str, title: str, *examples: str) -> Column:
    return Column(name, title, Kind.AMOUNT, examples, field=f"{name}_satang")


_ALL = (
    Layout(
        code="vat_sales",
        title_th="ใบกำกับภาษีขาย (รายงานภาษีขายและ e-Tax Invoice)",
        title_en="Sales by tax invoice (output tax report, e-tax invoices)",
        source="RD",
        key=("tax_id", "branch", "document_no", "line_no"),
        day="document_on",
        is_yearly=True,
        columns=(
            _document("เลขที่เอกสาร", "INV6910-0001", "CN6910-0001"),
            Column("line_no", "ลำดับรายการ", Kind.LINE_NO, ("1",)),
            Column("document_type", "ประเภทเอกสาร", Kind.DOCUMENT_TYPE, ("388", "81")),
            Column("tax_id", "เลขประจำตัวผู้เสียภาษี", Kind.TAX_ID, _TAX_ID[:1]),
            Column("branch", "สาขา", Kind.BRANCH, ("00000",)),
            Column(
                "document_date",
                "วันที่เอกสาร",
                Kind.DATE,
                ("2026-10-05", "21/10/2569"),
                field="document_on",
            ),
            Column("product_code", "รหัสสินค้า", Kind.GTIN, _GTIN[:1], required=False),
            _quantity("quantity", "ปริมาณ", "1200", "12"),
            _amount("amount", "มูลค่าสินค้าหรือบริการ", "62784.00", "627.84"),
            _amount("vat", "ภาษีมูลค่าเพิ่ม", "4394.88", "43.95"),
        ),
    ),
    Layout(
        code="vat_returns",
        title_th="แบบแสดงรายการภาษีมูลค่าเพิ่ม (ภ.พ.30)",
        title_en="VAT returns (PP30)",
        source="RD",
        key=("tax_id", "branch", "period"),
        day="period",
        columns=(
            _tax_id(),
            _branch(),
            Column("period", "เดือนภาษี", Kind.MONTH, ("2026-10", "10/2569")),
            _amount("sales", "ยอดขาย", "1250000.00", "0"),
            _amount("vat", "ภาษีขาย", "87500.00", "0"),
        ),
    ),
    Layout(
        code="import_lines",
        title_th="รายการใบขนสินค้าขาเข้า",
        title_en="Lines of import declarations",
        source="CUSTOMS",
        key=("declaration_no", "line_no"),
        day="declared_on",
        columns=(
            _code("declaration_no", "เลขที่ใบขนสินค้า", "A0191691000123"),
            _line(),
            _tax_id(),
            _date("declared_on", "วันที่ใบขนสินค้า"),
            Column("hs_code", "พิกัดศุลกากร", Kind.HS_CODE, ("2203.00.11", "22084000")),
            _gtin(required=False),
            _quantity(),
            _amount("value", "ราคาศุลกากร (ซี.ไอ.เอฟ.)", "250000.00", "4800.50"),
            _amount("excise", "ภาษีสรรพสามิตที่ชำระ", "55000.00", "1056.11"),
        ),
    ),
    Layout(
        code="export_lines",
        title_th="รายการใบขนสินค้าขาออก",
        title_en="Lines of export declarations",
        source="CUSTOMS",
        key=("declaration_no", "line_no"),
        day="exported_on",
        columns=(
            _code("declaration_no", "เลขที่ใบขนสินค้า", "A0201691000456"),
            _line(),
            _tax_id(),
            _date("exported_on", "วันที่ส่งออก"),
            Column("hs_code", "พิกัดศุลกากร", Kind.HS_CODE, ("2203.00.11", "22084000")),
            _gtin(required=False),
            _quantity(),
            _amount("value", "ราคาส่งออก (เอฟ.โอ.บี.)", "180000.00", "3600.00"),
            Column(
                "invoice_no", "เลขที่บัญชีราคาสินค้า", Kind.DOCUMENT_NO, ("EXP69-0012",), required=False
            ),
        ),
    ),
    Layout(
        code="vehicle_registrations",
        title_th="การจดทะเบียนรถใหม่",
        title_en="Registrations of new vehicles",
        source="DLT",
        key=("vin",),
        day="registered_on",
        columns=(
            Column("vin", "หมายเลขตัวรถ", Kind.VIN, ("MR053REH105000123", "MRHFA16509P000456")),
            _tax_id("tax_id", "เลขประจำตัวผู้เสียภาษีของผู้ผลิตหรือผู้นำเข้า"),
            _date("registered_on", "วันที่จดทะเบียน"),
            _gtin(required=False),
        ),
    ),
    Layout(
        code="retail_sales",
        title_th="ยอดขายหน้าร้าน (POS)",
        title_en="Retail sales at the till (POS)",
        source="POS",
        key=("store_tax_id", "store_branch", "document_no", "line_no"),
        day="sold_on",
        is_yearly=True,
        columns=(
            _tax_id("store_tax_id", "เลขประจำตัวผู้เสียภาษีของร้านค้า"),
            _branch("store_branch", "สาขาของร้านค้า"),
            Column("region", "เขตพื้นที่", Kind.TEXT, ("กรุงเทพมหานคร", "ภาค 5"), required=False),
            _date("sold_on", "วันที่ขาย"),
            _gtin(required=False),
            _quantity("quantity", "ปริมาณ", "6", "1"),
            _amount("amount", "มูลค่าสินค้า", "342.00", "57.00"),
            Column("is_full_invoice", "ใบกำกับภาษีเต็มรูป", Kind.FLAG, ("N", "Y")),
            _document("เลขที่ใบกำกับภาษี", "E691005-0001"),
            _line(),
        ),
    ),
    Layout(
        code="production_counts",
        title_th="จำนวนจากเครื่องนับผลผลิต",
        title_en="Counts of production meters",
        source="METER",
        key=("registration_no", "counter_no", "counted_on", "product_code"),
        day="counted_on",
        columns=(
            _tax_id(),
            _registration(),
            _code("counter_no", "หมายเลขเครื่องนับ", "L1-C01", "L2-C01"),
            _date("counted_on", "วันที่นับ"),
            _gtin(),
            _quantity(),
            Column("is_online", "เครื่องนับทำงานตลอดวัน", Kind.FLAG, ("Y", "N")),
        ),
    ),
    Layout(
        code="material_purchases",
        title_th="ใบกำกับภาษีซื้อวัตถุดิบ",
        title_en="Purchases of materials by tax invoice",
        source="RD",
        key=("supplier_tax_id", "document_no", "line_no"),
        day="document_on",
        is_yearly=True,
        columns=(
            _tax_id("tax_id", "เลขประจำตัวผู้เสียภาษีของผู้ซื้อ"),
            _tax_id("supplier_tax_id", "เลขประจำตัวผู้เสียภาษีของผู้ขาย"),
            _document("เลขที่ใบกำกับภาษี", "S6910-0077"),
            _line(),
            _date("document_on", "วันที่เอกสาร"),
            Column("material_code", "รหัสวัตถุดิบ", Kind.GOODS_CODE, ("MALT-01", "SUGAR")),
            _quantity(),
            _amount("amount", "มูลค่าสินค้า", "45000.00", "981.25"),
        ),
    ),
    Layout(
        code="terminal_meters",
        title_th="ปริมาณจากมาตรวัดของคลังน้ำมัน",
        title_en="Metered volumes of fuel terminals",
        source="TERMINAL",
        key=("terminal_no", "tax_id", "product_code", "metered_on"),
        day="metered_on",
        columns=(
            _code("terminal_no", "หมายเลขคลังน้ำมัน", "T-0101"),
            _tax_id(),
            _gtin(),
            _date("metered_on", "วันที่วัด"),
            _quantity("quantity", "ปริมาณ", "150000", "98500.25"),
        ),
    ),
    Layout(
        code="juristic_register",
        title_th="ทะเบียนนิติบุคคล",
        title_en="Register of juristic persons",
        source="DBD",
        key=("tax_id", "branch", "as_of_on"),
        day="as_of_on",
        columns=(
            _tax_id(),
            _branch(),
            Column("name_th", "ชื่อนิติบุคคล", Kind.TEXT, ("บริษัท ตัวอย่าง จำกัด", "ห้างหุ้นส่วนจำกัด ทดสอบ")),
            Column(
                "status",
                "สถานะ",
                Kind.CHOICE,
                ("active", "dissolved"),
                choices=("active", "dissolved", "suspended", "absent"),
            ),
            _date("as_of_on", "ข้อมูล ณ วันที่"),
        ),
    ),
    Layout(
        code="stamp_ranges",
        title_th="ช่วงหมายเลขแสตมป์: จ่าย คืน ชำรุด ใช้",
        title_en="Ranges of stamps: issued, returned, damaged, packed",
        source="EXCISE",
        key=("serial_from", "serial_to", "event", "event_on"),
        day="event_on",
        is_own=True,
        columns=(
            _tax_id(),
            _registration(),
            _gtin(),
            Column("serial_from", "หมายเลขแรก", Kind.SERIAL, ("1000001", "1000001")),
            Column("serial_to", "หมายเลขสุดท้าย", Kind.SERIAL, ("1050000", "1012000")),
            Column(
                "event",
                "เหตุการณ์",
                Kind.CHOICE,
                ("issued", "packed"),
                choices=("issued", "returned", "damaged", "packed"),
            ),
            _date("event_on", "วันที่"),
        ),
    ),
    Layout(
        code="stamp_scans",
        title_th="ผลตรวจแสตมป์ ณ ร้านค้า",
        title_en="Stamps scanned at retail",
        source="EXCISE",
        key=("serial", "scanned_on", "place"),
        day="scanned_on",
        columns=(
            Column("serial", "หมายเลขแสตมป์", Kind.SERIAL, ("1000017", "1000018")),
            _date("scanned_on", "วันที่ตรวจ"),
            _gtin(required=False),
            Column("place", "สถานที่ตรวจ", Kind.TEXT, ("ร้านค้า ก. เชียงใหม่",)),
        ),
    ),
    Layout(
        code="stock_lines",
        title_th="บัญชีวัตถุดิบและสินค้า (ภส.07-01 07-02 07-04)",
        title_en="Stock accounts (ภส.07-01, 07-02, 07-04)",
        source="OWN",
        key=("form", "registration_no", "product_code", "day_on"),
        day="day_on",
        is_own=True,
        columns=(
            Column("form", "แบบ", Kind.CHOICE, ("0702", "0701"), choices=("0701", "0702", "0704")),
            _tax_id(),
            _registration(),
            Column(
                "product_code", "รหัสวัตถุดิบหรือสินค้า", Kind.GOODS_CODE, ("8850124003225", "MALT-01")
            ),
            _date("day_on", "วันที่"),
            _quantity("opening", "ยอดยกมา", "500", "20000"),
            _quantity("received", "รับ", "1200", "5000"),
            _quantity("issued", "จ่าย", "1000", "4200.5"),
            _quantity("lost", "สูญเสีย", "2", "0"),
            _quantity("closing", "ยอดคงเหลือ", "698", "20799.5"),
        ),
    ),
    Layout(
        code="goods_receipts",
        title_th="ใบรับสินค้าเข้าคลัง",
        title_en="Warehouse receipt notes",
        source="OWN",
        key=("registration_no", "document_no", "product_code"),
        day="received_on",
        is_yearly=True,
        is_own=True,
        columns=(
            _tax_id(),
            _registration(),
            _document("เลขที่ใบรับ", "GR6910-001"),
            _date("received_on", "วันที่รับ"),
            _gtin(),
            _quantity(),
        ),
    ),
    Layout(
        code="requisitions",
        title_th="ใบเบิกวัตถุดิบ",
        title_en="Requisitions of materials",
        source="OWN",
        key=("registration_no", "document_no", "material_code"),
        day="issued_on",
        is_yearly=True,
        is_own=True,
        columns=(
            _tax_id(),
            _registration(),
            _document("เลขที่ใบเบิก", "RQ6910-001"),
            _date("issued_on", "วันที่เบิก"),
            Column("material_code", "รหัสวัตถุดิบ", Kind.GOODS_CODE, ("MALT-01", "SUGAR")),
            _quantity(),
        ),
    ),
    Layout(
        code="stock_counts",
        title_th="ผลตรวจนับสินค้าคงเหลือ",
        title_en="Physical stock counts",
        source="OWN",
        key=("registration_no", "counted_on", "product_code"),
        day="counted_on",
        is_own=True,
        columns=(
            _tax_id(),
            _registration(),
            _date("counted_on", "วันที่ตรวจนับ"),
            Column(
                "product_code", "รหัสวัตถุดิบหรือสินค้า", Kind.GOODS_CODE, ("8850124003225", "MALT-01")
            ),
            _quantity(),
        ),
    ),
    Layout(
        code="service_tickets",
        title_th="บัตรและรายรับของสถานบริการ (ภส.07-05)",
        title_en="Tickets and takings of services (ภส.07-05)",
        source="OWN",
        key=("registration_no", "day_on"),
        day="day_on",
        is_own=True,
        columns=(
            _tax_id(),
            _registration(),
            _date("day_on", "วันที่"),
            Column("tickets", "จำนวนบัตร", Kind.COUNT, ("350", "0")),
            _amount("receipts", "รายรับ", "87500.00", "0"),
            _amount("deposits", "เงินนำฝากธนาคาร", "87500.00", "0"),
        ),
    ),
    Layout(
        code="external_prices",
        title_th="ราคาขายปลีกจากการสำรวจ",
        title_en="Retail prices by survey",
        source="EXCISE",
        key=("product_code", "surveyed_on", "region"),
        day="surveyed_on",
        columns=(
            _gtin(),
            _date("surveyed_on", "วันที่สำรวจ"),
            _amount("price", "ราคาต่อหน่วย", "57.00", "62.50"),
            Column("region", "เขตพื้นที่", Kind.TEXT, ("กรุงเทพมหานคร", "ภาค 5"), required=False),
        ),
    ),
    Layout(
        code="bond_movements",
        title_th="การขนย้ายสินค้าในทัณฑ์บน",
        title_en="Movements in bond",
        source="OWN",
        key=("movement_no", "product_code"),
        day="dispatched_on",
        is_own=True,
        columns=(
            _code("movement_no", "เลขที่ใบขนย้าย", "MV69-00012"),
            _tax_id(),
            _registration(),
            _gtin(),
            _date("dispatched_on", "วันที่ส่งออกจากคลัง"),
            _quantity("dispatched", "ปริมาณที่ส่ง", "1200", "600"),
            Column("received", "ปริมาณที่รับ", Kind.QUANTITY, ("1198", ""), required=False),
        ),
    ),
)
LAYOUTS = {layout.code: layout for layout in _ALL}
SOURCES = {
    "RD": ("กรมสรรพากร", "Revenue Department"),
    "CUSTOMS": ("กรมศุลกากร", "Customs Department"),
    "DLT": ("กรมการขนส่งทางบก", "Department of Land Transport"),
    "DBD": ("กรมพัฒนาธุรกิจการค้า", "Department of Business Development"),
    "EXCISE": ("กรมสรรพสามิต", "Excise Department"),
    "METER": ("ระบบเครื่องนับผลผลิต", "Production counters"),
    "OWN": ("ผู้เสียภาษี", "The taxpayer"),
    "POS": ("ผู้ค้าปลีก", "Retailers"),
    "TERMINAL": ("คลังน้ำมัน", "Fuel terminals"),
}


def layout_of(code: str) -> Layout:
    """Return the layout of that code; raises NotFound.

    >>> list(layout_of("vehicle_registrations").row_types)
    ['vin', 'tax_id', 'registered_on', 'period', 'product_code']
    """
    if (found := LAYOUTS.get(code)) is None:
        raise NotFound(what="layout", id=code)
    return found
