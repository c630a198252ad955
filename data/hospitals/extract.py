"""Make the raw files of this study from the public CMS files: the same rows and text, fewer columns.

    python data/hospitals/extract.py FOLDER [OUT]

FOLDER holds the CSV files of the release (README.md names them). Every row is kept in its order and every
value as the text it was, `Not Available` and lost zeros too: reading them is the work of study.yml.
The compressed files carry no name and no time, so the same input gives the same bytes.
"""

from __future__ import annotations

import csv
import gzip
import io
import sys
from pathlib import Path

DIMENSIONS = [
    "Communication With Nurses",
    "Communication With Doctors",
    "Responsiveness Of Hospital Staff",
    "Care Transition",
    "Communication About Medicines",
    "Cleanliness And Quietness Of Hospital Environment",
    "Discharge Information",
    "Overall Rating Of Hospital",
]

PLACE = ["Facility ID", "Facility Name", "Address", "City/Town", "State"]

COST_REPORT = [
    "rpt_rec_num",
    "Provider CCN",
    "State Code",
    "Rural Versus Urban",
    "CCN Facility Type",
    "Type of Control",
    "Fiscal Year Begin Date",
    "Fiscal Year End Date",
    "FTE - Employees on Payroll",
    "Number of Beds",
    "Total Days (V + XVIII + XIX + Unknown)",
    "Total Discharges (V + XVIII + XIX + Unknown)",
    "Inpatient Revenue",
    "Total Patient Revenue",
    "Net Patient Revenue",
    "Less Total Operating Expense",
    "Total Other Income",
    "Total Other Expenses",
    "Net Income",
]

KEPT = {
    "hvbp_person_and_community_engagement.csv": [
        *PLACE,
        *(f"{dimension} {window} Rate" for dimension in DIMENSIONS for window in ("Baseline", "Performance")),
    ],
    "Hospital_General_Information.csv": [
        *PLACE,
        "Hospital Type",
        "Hospital Ownership",
        "Emergency Services",
        "Hospital overall rating",
    ],
    "HOSPITAL_QUARTERLY_MSPB_6_DECIMALS.csv": ["Facility ID", "Value", "Footnote", "Start Date", "End Date"],
    "hvbp_efficiency_and_cost_reduction.csv": [
        "Facility ID",
        "MSPB-1 Baseline Rate",
        "MSPB-1 Performance Rate",
    ],
    "FY_2024_Hospital_Readmissions_Reduction_Program_Hospital.csv": [
        "Facility ID",
        "Measure Name",
        "Number of Discharges",
        "Footnote",
        "Excess Readmission Ratio",
        "Number of Readmissions",
        "Start Date",
        "End Date",
    ],
    **{f"CostReport_{year}_Final.csv": COST_REPORT for year in range(2017, 2022)},
}


def keep_columns(path: Path, columns: list[str]) -> str:
    """The rows of a CSV file with these columns alone, as CSV text; a missing column stops the work."""
    kept = io.StringIO(newline="")
    writer = csv.writer(kept, lineterminator="\n")
    with path.open(encoding="utf-8-sig", newline="") as lines:
        reader = csv.reader(lines)
        header = next(reader)
        places = [header.index(column) for column in columns]
        writer.writerow(columns)
        writer.writerows([row[place] for place in places] for row in reader)
    return kept.getvalue()


def pack(text: str) -> bytes:
    """The text as gzip, with neither a file's name nor a time in the header."""
    packed = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=packed, mtime=0) as file:
        file.write(text.encode())
    return packed.getvalue()


def write_extract(source: Path, target: Path) -> list[Path]:
    """Write every extract of the release in `source` into `target`; returns the files written."""
    target.mkdir(parents=True, exist_ok=True)
    written = []
    for name, columns in KEPT.items():
        written.append(target / f"{name}.gz")
        written[-1].write_bytes(pack(keep_columns(source / name, columns)))
    return written


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    folder = Path(sys.argv[2]) if len(sys.argv) == 3 else Path(__file__).parent / "raw"
    for path in write_extract(Path(sys.argv[1]), folder):
        print(f"{path.stat().st_size:>9,} bytes  {path}")
