using System.Buffers.Binary;
using ConvNeXt.Backbone.Imaging;

namespace ConvNeXt.Cli.Files;

/// <summary>Writes pictures as BMP files of 24 bits, without a library and without loss.</summary>
internal static class Bitmap
{
    private const int HeaderLength = 54, InfoLength = 40;

    /// <summary>Returns the contents of the file.</summary>
    public static byte[] Encode(RgbImage image)
    {
        int row = (((image.Width * 3) + 3) / 4) * 4;
        byte[] file = new byte[HeaderLength + (row * image.Height)];
        file[0] = (byte)'B';
        file[1] = (byte)'M';
        Write(2, file.Length);
        Write(10, HeaderLength);
        Write(14, InfoLength);
        Write(18, image.Width);
        Write(22, image.Height);
        Write(26, 1 | (24 << 16)); // one plane, 24 bits
        for (int y = 0; y < image.Height; y++)
            for (int x = 0; x < image.Width; x++)
            {
                int from = ((y * image.Width) + x) * 3, to = HeaderLength + ((image.Height - 1 - y) * row) + (x * 3);
                (file[to], file[to + 1], file[to + 2]) = (image.Pixels[from + 2], image.Pixels[from + 1], image.Pixels[from]);
            }
        return file;

        void Write(int at, int value) => BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(at), value);
    }
}
