"""Assessments: tax found short, prepared by one officer, approved by another, served."""
