"""Printable, fillable documents: build a Document out of blocks once, show it as a web page or as a PDF."""

from __future__ import annotations

from app.documents.blocks import Block, Document
from app.documents.certificate import CertificatePaper, unprintable
from app.documents.html import to_html
from app.documents.markdown import parse_markdown
from app.documents.pdf.certificate import certificate_files, certificates_to_pdf
from app.documents.pdf.child import Limits, form_to_pdf, stack_to_pdf, to_pdf
from app.documents.pdf.errors import CannotPrint
from app.documents.pdf.returned import CannotRead, form_values

__all__ = [
    "Block",
    "CannotPrint",
    "CannotRead",
    "CertificatePaper",
    "Document",
    "Limits",
    "certificate_files",
    "certificates_to_pdf",
    "form_to_pdf",
    "form_values",
    "parse_markdown",
    "stack_to_pdf",
    "to_html",
    "to_pdf",
    "unprintable",
]
