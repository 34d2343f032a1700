# The bucket, and the policy of the signer: attach `policy_arn` to the user or role that the signer runs as.
#
#   terraform apply -var bucket=example-uploads -var 'origins=["https://www.example.com"]'

terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

variable "bucket" {
  type        = string
  description = "Name of the bucket for the uploads"
}

variable "origins" {
  type        = list(string)
  description = "Exact origins of the pages with s3-uploader, such as https://www.example.com or capacitor://localhost"

  validation {
    condition     = length(var.origins) > 0 && alltrue([for origin in var.origins : can(regex("^[a-z][a-z0-9+.-]*://([[][0-9a-f:.]+]|[a-z0-9._-]+)(:[0-9]{1,5})?$", origin))])
    error_message = "Use exact origins such as https://www.example.com in lower case, without a path or a wildcard."
  }
}

variable "prefix" {
  type        = string
  default     = "uploads/"
  description = "Folder of all uploads, with a slash at its end. The signer's SIGNER_PREFIX."

  validation {
    condition     = can(regex("^([A-Za-z0-9_.-]+/)+$", var.prefix))
    error_message = "Use a folder with a slash at its end, such as uploads/. Without the slash, the permissions would cover other folders with the same beginning."
  }
}

variable "noncurrent_days" {
  type        = number
  default     = 30
  description = "Days that replaced and deleted versions are kept, if versioning is turned on for the bucket. Without versioning it does nothing."
}

variable "quarantine_prefix" {
  type        = string
  default     = ""
  description = "The folder in which files wait until the webhook accepts them, such as quarantine/, outside of prefix. Empty: files are stored under their final key at once."

  validation {
    condition     = var.quarantine_prefix == "" || can(regex("^([A-Za-z0-9_.-]+/)+$", var.quarantine_prefix))
    error_message = "Use a folder with a slash at its end, such as quarantine/. Without the slash, permissions and the deletion of old files would cover other folders with the same beginning."
  }
}

resource "aws_s3_bucket" "uploads" {
  bucket = var.bucket
}

resource "aws_s3_bucket_public_access_block" "uploads" {
  bucket                  = aws_s3_bucket.uploads.id
  block_public_acls       = true
  ignore_public_acls      = true
  block_public_policy     = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "uploads" {
  bucket = aws_s3_bucket.uploads.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "uploads" {
  bucket = aws_s3_bucket.uploads.id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

resource "aws_s3_bucket_cors_configuration" "uploads" {
  bucket = aws_s3_bucket.uploads.id

  cors_rule {
    id              = "s3-uploader"
    allowed_origins = var.origins
    allowed_methods = ["POST", "PUT"]
    allowed_headers = ["*"]
    expose_headers  = ["ETag", "Location", "Retry-After", "x-amz-request-id", "x-amz-id-2"]
    max_age_seconds = 3600
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "uploads" {
  bucket = aws_s3_bucket.uploads.id

  rule {
    id     = "s3-uploader-orphaned-parts"
    status = "Enabled"

    filter {
      prefix = var.prefix
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }

  rule {
    id     = "s3-uploader-noncurrent-versions"
    status = "Enabled"

    filter {
      prefix = var.prefix
    }

    noncurrent_version_expiration {
      noncurrent_days = var.noncurrent_days
    }
  }

  # Files whose page was closed before they were accepted.
  dynamic "rule" {
    for_each = local.quarantine

    content {
      id     = "s3-uploader-quarantine"
      status = "Enabled"

      filter {
        prefix = rule.value
      }

      expiration {
        days = 30
      }

      abort_incomplete_multipart_upload {
        days_after_initiation = 7
      }

      noncurrent_version_expiration {
        noncurrent_days = var.noncurrent_days
      }
    }
  }
}

locals {
  quarantine = var.quarantine_prefix == "" ? [] : [var.quarantine_prefix]

  # Uploads with these headers are refused, whether they were signed or not.
  refused_headers = {
    RefuseCopies            = "s3:x-amz-copy-source"
    RefuseAcls              = "s3:x-amz-acl"
    RefuseGrantsToRead      = "s3:x-amz-grant-read"
    RefuseGrantsToReadAcls  = "s3:x-amz-grant-read-acp"
    RefuseGrantsToWriteAcls = "s3:x-amz-grant-write-acp"
    RefuseFullControl       = "s3:x-amz-grant-full-control"
  }
}

data "aws_iam_policy_document" "bucket" {
  # Refuses every signature older than 15 minutes (in milliseconds), including those not made by the signer.
  statement {
    sid       = "RefuseOldSignatures"
    effect    = "Deny"
    actions   = ["s3:PutObject"]
    resources = ["${aws_s3_bucket.uploads.arn}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "NumericGreaterThan"
      variable = "s3:signatureAge"
      values   = ["900000"]
    }
  }

  statement {
    sid       = "RefusePlainHttp"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [aws_s3_bucket.uploads.arn, "${aws_s3_bucket.uploads.arn}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }

  dynamic "statement" {
    for_each = local.refused_headers

    content {
      sid     = statement.key
      effect  = "Deny"
      actions = ["s3:PutObject"]
      # With a quarantine, the signer itself copies files, but not to the folder of the uploads.
      resources = [statement.key == "RefuseCopies" && var.quarantine_prefix != "" ? "${aws_s3_bucket.uploads.arn}/${var.quarantine_prefix}${var.prefix}*" : "${aws_s3_bucket.uploads.arn}/*"]

      principals {
        type        = "*"
        identifiers = ["*"]
      }

      condition {
        test     = "StringLike"
        variable = statement.value
        values   = ["?*"]
      }
    }
  }
}

resource "aws_s3_bucket_policy" "uploads" {
  bucket     = aws_s3_bucket.uploads.id
  policy     = data.aws_iam_policy_document.bucket.json
  depends_on = [aws_s3_bucket_public_access_block.uploads]
}

data "aws_iam_policy_document" "signer" {
  statement {
    sid    = "S3Uploader"
    effect = "Allow"
    actions = [
      "s3:PutObject",
      "s3:GetObject",
      "s3:AbortMultipartUpload",
      "s3:ListMultipartUploadParts",
    ]
    resources = ["${aws_s3_bucket.uploads.arn}/${var.prefix}*"]
  }

  dynamic "statement" {
    for_each = local.quarantine

    content {
      sid    = "Quarantine"
      effect = "Allow"
      actions = [
        "s3:PutObject",
        "s3:GetObject",
        "s3:DeleteObject",
        "s3:AbortMultipartUpload",
        "s3:ListMultipartUploadParts",
      ]
      resources = ["${aws_s3_bucket.uploads.arn}/${statement.value}*", "${aws_s3_bucket.uploads.arn}/${var.prefix}*"]
    }
  }
}

resource "aws_iam_policy" "signer" {
  name_prefix = "s3-uploader-signer-"
  description = "The permissions that s3-uploader-signer needs"
  policy      = data.aws_iam_policy_document.signer.json
}

output "policy_arn" {
  description = "ARN of the policy to attach to the user or role that the signer runs as"
  value       = aws_iam_policy.signer.arn
}

output "environment" {
  description = "Environment variables of the signer. Add SIGNER_AUTH and SIGNER_SECRET, and with a quarantine SIGNER_WEBHOOK_URL and SIGNER_WEBHOOK_SECRET."
  value = merge(
    {
      S3_BUCKET      = aws_s3_bucket.uploads.id
      AWS_REGION     = aws_s3_bucket.uploads.region
      SIGNER_PREFIX  = var.prefix
      SIGNER_ORIGINS = join(",", var.origins)
    },
    var.quarantine_prefix == "" ? {} : {
      SIGNER_QUARANTINE        = "1"
      SIGNER_QUARANTINE_PREFIX = var.quarantine_prefix
    },
  )

  precondition {
    condition     = var.quarantine_prefix == "" || !(startswith(var.quarantine_prefix, var.prefix) || startswith(var.prefix, var.quarantine_prefix))
    error_message = "quarantine_prefix must be outside of prefix: files that wait are deleted after some days."
  }
}
