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
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var file in addition.Files)
        {
            Require(environment, dataset, file.Name);
            if (!names.Add(file.Name))
            {
                throw Invalid($"'{file.Name}' is named twice.", "Name each file once.");
            }

            if (!Digest().IsMatch(file.Digest))
            {
                throw Invalid($"'{file.Digest}' is no digest.", "Give SHA-256 as 64 lower-case hexadecimal digits.");
            }
        }

        if (addition.Files is { Count: 0 or > DatasetStore.FilesMax })
        {
            throw Invalid("There is nothing to add, or too much.", $"Name 1 to {DatasetStore.FilesMax} files.");
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
