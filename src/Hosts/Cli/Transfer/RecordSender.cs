using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Rondo.Cli.Api;
using Rondo.Mlflow.Transfer;

namespace Rondo.Cli.Transfer;

/// <summary>Sends records to a server in batches, and adds up what came of them. Without a server they are only counted.</summary>
internal sealed class RecordSender(RondoApi? api, TransferTally tally, Action<string> progress)
{
    private const int WeightMax = 20_000;
    private const int RecordsMax = 5000;
    private const int BytesMax = 8 * 1024 * 1024;

    private readonly ArrayBufferWriter<byte> _batch = new();
    private int _records;
    private int _weight;
    private string _path = "";

    /// <summary>Sends all of these to an address.</summary>
    public async Task SendAsync(string path, IAsyncEnumerable<TransferRecord> records, CancellationToken cancellation)
    {
        _path = path;
        await foreach (var record in records.WithCancellation(cancellation))
        {
            tally.Read(record);
            if (api is null)
            {
                _weight += record.Weight;
                if (_weight >= WeightMax)
                {
                    _weight = 0;
                    Tell("were read");
                }

                continue;
            }

            _batch.Write(TransferJson.Line(record));
            _batch.Write("\n"u8);
            _records++;
            _weight += record.Weight;
            if (_weight >= WeightMax || _records >= RecordsMax || _batch.WrittenCount >= BytesMax)
            {
                await FlushAsync(cancellation);
            }
        }

        await FlushAsync(cancellation);
    }

    private async Task FlushAsync(CancellationToken cancellation)
    {
        if (api is null || _records == 0)
        {
            return;
        }

        var answer = await api.PostBytesAsync(_path, _batch.WrittenSpan.ToArray(), cancellation);
        tally.Report.Add(
            answer.Deserialize<TransferReport>(TransferJson.Options)
                ?? throw new RondoException(ErrorCode.Unavailable, "The server has not said what it took in.")
        );
        _batch.ResetWrittenCount();
        (_records, _weight) = (0, 0);
        Tell("are there");
    }

    private void Tell(string what) =>
        progress(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{tally.ReadOf(RunRecord.KindName)} runs and {tally.ReadOf(PointsRecord.KindName)} points {what}"
            )
        );
}
