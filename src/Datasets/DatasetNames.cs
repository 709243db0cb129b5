using System.Text.RegularExpressions;

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
            RequireCsv(file);
        }
    }

    // A file of another kind would be read as one odd column, and stop every run from then on.
    private static void RequireCsv(string file)
    {
        if (!file.EndsWith(".csv", StringComparison.OrdinalIgnoreCase))
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"'{file}' is not a CSV file by its name.",
                "Push CSV with a line of column names first, under a name that ends in .csv."
            );
        }
    }

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
