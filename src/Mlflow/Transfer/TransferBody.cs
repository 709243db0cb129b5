using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Rondo.Kernel.Blobs;

namespace Rondo.Mlflow.Transfer;

/// <summary>Records that come as the body of a request, one to a line.</summary>
internal static class TransferBody
{
    private const long BytesMax = 128L * 1024 * 1024;
    private const int RecordsMax = 10_000;

    public static async Task<IReadOnlyList<TransferRecord>> ReadAsync(HttpContext context)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = BytesMax;
        }

        await using var bounded = new BoundedStream(context.Request.Body, BytesMax, "The batch");
        using var reader = new StreamReader(bounded, Encoding.UTF8);
        var records = new List<TransferRecord>();
        while (await reader.ReadLineAsync(context.RequestAborted) is { } line)
        {
            if (records.Count == RecordsMax)
            {
                throw new RondoException(
                    ErrorCode.InvalidArgument,
                    $"A batch has at most {RecordsMax} records.",
                    "Send them in several."
                );
            }

            if (line.Length > 0)
            {
                records.Add(TransferJson.Read(line, records.Count + 1));
            }
        }

        return records;
    }
}
