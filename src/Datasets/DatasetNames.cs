using System.Text.RegularExpressions;
using Rondo.Data;

namespace Rondo.Datasets;

/// <summary>What may name a dataset, a file in it, and an environment: names become part of ids, addresses and file names.</summary>
internal static partial class DatasetNames
{
    private static readonly string[] s_environments = ["test", "staging", "production"];

    public static void Require(string environment, string dataset, string? file = null)
    {
        if (!s_environments.Contains(environment, StringComparer.Ordinal))
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"There is no environment '{environment}'.",
                "Use test, staging or production."
            );
        }

        Require("dataset", dataset);
        if (file is not null)
        {
            Require("file of a dataset", file);
            TableSource.RequireReadable(file);
        }
    }

    public static void Require(string environment, string dataset, DatasetAddition addition)
    {
        Require(environment, dataset);
        addition.Origin?.Require();
        if (addition.Files is not { Count: > 0 and <= DatasetStore.FilesMax })
        {
            throw Invalid(
                "There is nothing to add, or too much.",
                FormattableString.Invariant($"Name 1 to {DatasetStore.FilesMax} files as 'files'.")
            );
        }

        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var file in addition.Files)
        {
            if (file is null or { Name: null } or { Digest: null })
            {
                throw Invalid(
                    "A file lacks its name or its digest.",
                    "Give both: {\"name\": \"a.csv\", \"digest\": \"…\"}."
                );
            }

            Require(environment, dataset, file.Name);
            RequireDigest(file.Digest);
            if (!names.Add(file.Name))
            {
                throw Invalid($"'{file.Name}' is named twice.", "Name each file once.");
            }
        }
    }

    public static void RequireDigest(string digest)
    {
        if (!Digest().IsMatch(digest))
        {
            throw Invalid($"'{digest}' is no digest.", "Give SHA-256 as 64 lower-case hexadecimal digits.");
        }
    }

    private static RondoException Invalid(string what, string mend) => new(ErrorCode.InvalidArgument, what, mend);

    [GeneratedRegex("^[0-9a-f]{64}\\z", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Digest();

    private static void Require(string kind, string name)
    {
        if (!Pattern().IsMatch(name))
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"'{name}' cannot name a {kind}.",
                "Use 1 to 128 letters, digits, dots, hyphens and underscores, starting with a letter or digit."
            );
        }
    }

    [GeneratedRegex(
        @"^[A-Za-z0-9][A-Za-z0-9._-]{0,127}\z",
        RegexOptions.CultureInvariant,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex Pattern();
}
