"""What a finding may be, by increasing severity, with the absence of any finding first."""

SEVERITIES = ("none", "info", "warning", "error")
